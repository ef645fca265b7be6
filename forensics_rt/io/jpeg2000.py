"""JPEG 2000 of more than 8 bits a sample: Pillow turns the white of its colors to black."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.convert import NotConvertible
from forensics_rt.io.depth import PixelSamples

# Enumerated color space of YCbCr; ISO/IEC 15444-1, I.5.3.3.
_COLOR_BOX, _YCBCR = b"colr\x01", 18


def deep_jpeg2000(data: bytes, samples: PixelSamples) -> npt.NDArray[np.uint8]:
    """Decode one of three channels, or four with alpha, each of 9 to 16 bits.

    Args:
        data: The file.
        samples: What `depth.samples_of` says of it.

    Returns:
        H×W×3 uint8 RGB, the high 8 bits of each sample.

    Raises:
        NotConvertible: If it is of another kind.
        ValueError: If the data is damaged.
    """
    of = f"JPEG 2000 of {samples.bits} bits a sample"
    if samples.channels not in (3, 4):
        raise NotConvertible(
            f"{of} in {samples.channels} channels cannot be read; save it with 8 bits"
        )
    if not samples.alike:
        raise NotConvertible(
            f"{of} whose channels differ in depth or size cannot be read; save it with 8 bits"
        )
    if samples.bits > 16:
        raise NotConvertible(f"{of} cannot be read; save it with 16 or 8 bits")
    box = data.find(_COLOR_BOX)
    if box >= 0 and int.from_bytes(data[box + 7 : box + 11], "big") == _YCBCR:
        raise NotConvertible(f"{of} in YCbCr cannot be read; save it in RGB")
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if stored is None:
        raise ValueError("OpenJPEG cannot decode it")
    high = np.asarray(stored, np.uint16)[:, :, 2::-1] >> (samples.bits - 8)
    return np.ascontiguousarray(high, np.uint8)
