"""How dense pixels are, as each kind of file says it."""

import io

import pytest
from PIL import Image

from forensics_rt.io.decode import decode
from tests.io.images import encode


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP"])
def test_a_density_that_the_file_says_is_told(kind):
    across, down = decode(encode(kind, dpi=(200, 100))).density
    assert (across, down) == pytest.approx((200, 100), rel=0.01)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF"])
def test_of_a_file_that_says_none_there_is_none(kind):
    decoded = decode(encode(kind))
    assert decoded.density is None
    assert not any("square" in step for step in decoded.conversions)


def test_centimeters_become_inches():
    data = encode("TIFF", tiffinfo={282: 100.0, 283: 100.0, 296: 3})
    assert decode(data).density == (254.0, 254.0)


def test_a_density_of_zero_or_without_a_unit_is_none():
    assert decode(encode("TIFF", tiffinfo={282: 0.0, 283: 0.0, 296: 2})).density is None
    assert decode(encode("TIFF", tiffinfo={282: 204.0, 283: 98.0, 296: 1})).density is None


def test_an_image_that_somebody_opened_has_its_own():
    assert decode(Image.open(io.BytesIO(encode("PNG", dpi=(300, 300))))).density == (300.0, 300.0)
