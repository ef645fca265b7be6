"""The photographs of phones; `tests/data/heic` holds noise of 48 × 64, written by libheif."""

import sys
from pathlib import Path

import numpy as np
import pytest

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.decode import decode
from forensics_rt.io.size import pixel_count
from tests.io.images import encode, noise

_FILES = Path(__file__).parents[1] / "data/heic"


def test_a_photograph_of_a_phone_is_decoded():
    path = _FILES / "noise.heic"
    for given in (path, path.read_bytes()):
        found = decode(given)
        assert (found.format, found.mode, found.conversions) == ("HEIF", "RGB", ())
        assert abs(found.pixels.astype(int) - noise(48, 64)).mean() < 4
        assert pixel_count(given) == 48 * 64


def test_what_the_file_says_of_its_picture_is_told():
    turned, deep = decode(_FILES / "turned.heic"), decode(_FILES / "deep.heic")
    assert turned.pixels.shape == (64, 48, 3) and turned.exif_orientation == 1
    assert abs(np.rot90(turned.pixels).astype(int) - noise(48, 64)).mean() < 4
    assert deep.conversions == ("10-bit channels reduced to 8 bits",)


def test_of_several_pictures_the_primary_one_is_examined(caplog):
    found = decode(_FILES / "two.heic")
    assert abs(found.pixels.astype(int) - (255 - noise(48, 64))).mean() < 8
    assert not caplog.messages


def test_a_damaged_photograph_is_refused():
    with pytest.raises(ImageUnreadable, match=r"HEIF is truncated or damaged|header is damaged"):
        decode((_FILES / "noise.heic").read_bytes()[:1500])


def test_without_the_package_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(ImageUnreadable, match=r"noise.heic: .*pip install 'forensics_rt\[heic\]'"):
        decode(_FILES / "noise.heic")
    assert decode(encode("AVIF")).format == "AVIF", "it is another kind of the same container"
