"""Fax data as libtiff writes it is whole; with a wrong bit it is not, or gives other pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from forensics_rt.io.damage.fax import fax_complaint

GROUP_4, GROUP_3, GROUP_3_2D, GROUP_3_FILLED = (
    ("group4", -1, 0),
    ("group3", 0, 0),
    ("group3", 1, 1),
    ("group3", 0, 4),
)
KINDS = (GROUP_4, GROUP_3, GROUP_3_2D, GROUP_3_FILLED)
_STRIP, _ROWS, _BYTES, _OPTIONS, _FILL_ORDER = 273, 278, 279, 292, 266


def encoded(rows, kind):
    name, _, options = kind
    stream = io.BytesIO()
    tags = {_ROWS: len(rows), **({_OPTIONS: options} if options else {})}
    Image.fromarray(np.uint8(rows) * 255).convert("1").save(
        stream, "TIFF", compression=name, tiffinfo=tags
    )
    found = Image.open(stream).tag_v2
    (start,), (length,) = found[_STRIP], found[_BYTES]
    return stream.getvalue()[start : start + length]


def runs(width, density, height=20, seed=0):
    """Rows of random runs, each second one like the one above but for a shift."""
    random = np.random.default_rng(seed)
    rows = np.cumsum(random.random((height, width)) < density, axis=1) % 2 == 1
    rows[1::2] = np.roll(rows[::2], int(random.integers(-3, 4)), axis=1)
    return rows


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0]} {kind[1]} {kind[2]}")
@pytest.mark.parametrize("width", [1, 7, 8, 63, 64, 65, 1728, 5200])
def test_what_libtiff_writes_is_whole(kind, width):
    for density in (0.0, 0.002, 0.05, 0.5, 1.0):
        rows = runs(width, density)
        assert fax_complaint(encoded(rows, kind), width, len(rows), kind[1]) is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0]} {kind[1]} {kind[2]}")
def test_a_cut_is_told_by_its_row(kind):
    data = encoded(runs(600, 0.05), kind)
    said = fax_complaint(data[: len(data) // 2], 600, 20, kind[1])
    assert said is not None and "in row " in said and said.endswith("of 20")


def test_a_height_that_nobody_knows_is_found_by_the_end_of_the_data():
    rows = runs(600, 0.05)
    for kind in KINDS:
        assert fax_complaint(encoded(rows, kind), 600, 0, kind[1]) is None


def test_the_other_order_of_bits_is_read():
    data = encoded(runs(600, 0.05), GROUP_4)
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
    assert fax_complaint(turned, 600, 20, -1, lowest_bit_first=True) is None
    assert fax_complaint(turned, 600, 20, -1) is not None


def test_rows_that_begin_with_a_byte_are_read():
    """TIFF compression 2."""
    stream = io.BytesIO()
    rows = np.uint8(runs(600, 0.05)) * 255
    Image.fromarray(rows).convert("1").save(
        stream, "TIFF", compression="tiff_ccitt", tiffinfo={_ROWS: 20}
    )
    found = Image.open(stream).tag_v2
    data = stream.getvalue()[found[_STRIP][0] :][: found[_BYTES][0]]
    assert fax_complaint(data, 600, 20, 0, byte_aligned=True) is None


@pytest.mark.parametrize("kind", (GROUP_4, GROUP_3), ids=lambda kind: kind[0])
def test_of_wrong_bits_few_pass(kind):
    """A code that becomes another of its length moves an edge, and the rows below follow it."""
    data = encoded(runs(600, 0.02, height=60), kind)
    random, silent = np.random.default_rng(0), 0
    for place in random.choice(8 * len(data) - 200, 200, replace=False):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << (place % 8)
        silent += fax_complaint(bytes(changed), 600, 60, kind[1]) is None
    assert silent <= 0.2 * 200
