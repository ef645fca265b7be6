"""JPEG 2000 of fewer than 8 bits a sample: the highest value is white."""

import numpy as np
import pytest

from forensics_rt.io.decode import decode

# 8 × 8 samples, the left half black, the right half white, as OpenJPEG encodes them.
_HEAD = "ff4fff510029000000000008000000080000000000000000000000080000000800000000000000000001"
_BY_BITS = {
    1: "000101ff52000c00000001000004040001ff5c00044008ff90000a0000000000140001ff93d20011504277ffd9",
    4: "030101ff52000c00000001000004040001ff5c00044020ff90000a0000000000250001ff93df2140"
    "11504276c2c3a74738061204fd600002fc4e5d51ffd9",
}


@pytest.mark.parametrize("bits", [1, 4])
def test_white_is_white(bits):
    found = decode(bytes.fromhex(_HEAD + _BY_BITS[bits]))

    assert np.unique(found.pixels[:, :4]).tolist() == [0]
    assert np.unique(found.pixels[:, 4:]).tolist() == [255]
    assert found.conversions[0] == f"{bits}-bit channels scaled to 8 bits"
