"""Writing pictures: encoded by OpenCV, whole or not there."""

from __future__ import annotations

from pathlib import Path, PurePath

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.errors import OutputError
from forensics_rt.io.names import printable
from forensics_rt.io.writers import write_atomically

_ORIENTATION = 0x0112
# Level 1 is several times faster than the default and a few per cent larger. Maps have few exact
# repeats to search for, beyond runs; of the filters one is chosen beforehand, because trying all of
# them on every row takes longer than compressing.
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
_PNG_FILTER = getattr(cv2, "IMWRITE_PNG_FILTER", None)  # from OpenCV 4.12 on
_FILTERS = {"uint8": "IMWRITE_PNG_FILTER_NONE", "uint16": "IMWRITE_PNG_FILTER_SUB"}
_LIMITS = {
    ".png": "PNG takes sides up to 1000000: cut the image into parts, or take `detect_large`, "
    "which writes maps as TIFF",
    ".jpg": "JPEG takes sides up to 65500: leave the overlay out with `overlay=False`",
}
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 90]


def write_image(
    path: Path, pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16], orientation: int = 1
) -> None:
    """Encode gray (H×W) or RGB (H×W×3) pixels by the file's suffix and write them atomically.

    Args:
        path: Where to.
        pixels: In stored orientation.
        orientation: Of a JPEG, 1–8 as EXIF has it: viewers turn it so.

    Raises:
        OutputError: As `write_atomically`.
    """
    data = encode_image(path, pixels)
    write_atomically(path, data if orientation == 1 else _turned(data, orientation))


def encode_image(path: PurePath, pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> bytes:
    """Encode gray (H×W) or RGB (H×W×3) pixels by a file's suffix.

    Args:
        path: What the file will be called.
        pixels: In stored orientation.

    Raises:
        OutputError: If the format does not take so many pixels.
    """
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    wanted = _png_settings(pixels) if path.suffix == ".png" else _JPEG
    try:
        done, encoded = cv2.imencode(path.suffix, stored, wanted)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError(str(error)) from error
        done = False
    if not done:
        raise OutputError(
            f"{printable(path)}: {pixels.shape[1]}×{pixels.shape[0]} pixels do not fit the format; "
            f"{_LIMITS.get(path.suffix, 'name a .png or .jpg file')}"
        )
    return encoded.tobytes()


def _turned(jpeg: bytes, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    part = exif.tobytes()
    # Behind the two bytes that begin a JPEG, as its first segment.
    return jpeg[:2] + b"\xff\xe1" + (len(part) + 2).to_bytes(2, "big") + part + jpeg[2:]


def _png_settings(pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> list[int]:
    if _PNG_FILTER is None:
        return _PNG
    return [*_PNG, _PNG_FILTER, getattr(cv2, _FILTERS[pixels.dtype.name])]
