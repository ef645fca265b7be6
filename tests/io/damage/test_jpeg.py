"""JPEGs decoded at an eighth of their size, to hear what libjpeg says of them."""

import numpy as np
import pytest
import simplejpeg

from forensics_rt.io.damage.jpeg import decode_small
from tests.io.images import encode, noise


@pytest.mark.parametrize(("colors", "channels"), [("RGB", 3), ("GRAY", 1)])
def test_a_pixel_is_the_mean_of_a_block(colors, channels):
    small = decode_small(encode("JPEG", pixels=noise(40, 64)), colors)

    assert small.shape == (5, 8, channels)


@pytest.mark.parametrize("frame", [0xC3, 0xC7, 0xCB, 0xCF])
def test_a_jpeg_without_loss_is_never_decoded_into_memory_for_an_eighth(frame, monkeypatch):
    asked = []
    real = simplejpeg.decode_jpeg

    def decode(data, colors, **options):
        asked.append(options)
        return real(data, colors, **options)

    monkeypatch.setattr(simplejpeg, "decode_jpeg", decode)
    # Its marker stands in a comment: what may be such a file is treated as one.
    plain = encode("JPEG", pixels=noise(40, 64))
    marked = plain[:2] + bytes([0xFF, 0xFE, 0, 4, 0xFF, frame]) + plain[2:]

    small = decode_small(marked, "RGB")

    assert [set(options) for options in asked] == [{"strict"}]
    assert np.abs(small.astype(int) - decode_small(plain, "RGB")).max() < 16
