"""LZW data as libtiff writes it gives as many bytes as it should; changed data mostly does not."""

import io

import numpy as np
import pytest
from PIL import Image

from forensics_rt.io.damage.lzw import lzw_complaint

_STRIP, _BYTES, _ROWS = 273, 279, 278


def encoded(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(
        stream, "TIFF", compression="tiff_lzw", tiffinfo={_ROWS: len(pixels)}
    )
    found = Image.open(stream).tag_v2
    return stream.getvalue()[found[_STRIP][0] :][: found[_BYTES][0]]


PICTURES = {
    "one color": np.full((400, 900), 7, np.uint8),
    "noise": np.random.default_rng(0).integers(0, 256, (300, 400), np.uint8),
    "few levels": np.random.default_rng(1).integers(0, 3, (300, 400), np.uint8) * 90,
    "one pixel": np.zeros((1, 1), np.uint8),
}


@pytest.mark.parametrize("called", PICTURES)
def test_what_libtiff_writes_is_whole(called):
    pixels = PICTURES[called]
    data = encoded(pixels)
    assert lzw_complaint(data, pixels.size) is None
    assert f"holds {pixels.size} bytes, not" in lzw_complaint(data, pixels.size - 1)


@pytest.mark.parametrize("called", ["noise", "few levels"])
def test_a_cut_is_told(called):
    pixels = PICTURES[called]
    said = lzw_complaint(encoded(pixels)[:500], pixels.size)
    assert said is not None and said.startswith("the LZW data ends after ")


def test_a_code_beyond_the_table_is_told():
    """After the clear code comes 300, of which nothing is known yet."""
    codes = f"{256:09b}{300:09b}{257:09b}".ljust(32, "0")
    assert "does not exist" in lzw_complaint(int(codes, 2).to_bytes(4, "big"), 1)
