"""The small picture that EXIF holds, decoded."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

LARGEST_SIDE = 400


def decoded_thumbnail(data: bytes) -> npt.NDArray[np.uint8] | None:
    """Decode the small picture of an EXIF.

    Returns:
        H×W×3 uint8 RGB; `None` where it cannot be decoded, or is larger than 400 pixels.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            if max(image.size) > LARGEST_SIDE:
                return None
            return np.asarray(image.convert("RGB"), np.uint8)
    except Exception:  # Pillow's contract names no error for damaged files
        return None
