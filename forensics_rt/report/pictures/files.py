"""Pictures as files of a report: always the same bytes for the same pixels."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.io.writers import unwritable

_QUALITY = 88
_LARGEST_SIDE = 400


def write_jpeg(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write a picture of a whole page, for which a JPEG is small enough.

    Raises:
        OutputError: If it cannot be written.
    """
    _save(Image.fromarray(pixels), path, "JPEG", quality=_QUALITY, subsampling=0)


def write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write a picture whose every pixel matters.

    Raises:
        OutputError: If it cannot be written.
    """
    _save(Image.fromarray(pixels), path, "PNG")


def write_thumbnail(path: Path, data: bytes) -> tuple[int, int] | None:
    """Decode the small picture of an EXIF and write it without what else its bytes hold.

    Returns:
        Its width and height; `None` where it cannot be decoded, or is larger than 400 pixels.

    Raises:
        OutputError: If it cannot be written.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            if max(image.size) > _LARGEST_SIDE:
                return None
            picture = image.convert("RGB")
    except Exception:  # Pillow's contract names no error for damaged files
        return None
    _save(picture, path, "PNG")
    return picture.width, picture.height


def _save(picture: Image.Image, path: Path, kind: str, **how: int) -> None:
    try:
        picture.save(path, kind, **how)
    except OSError as error:
        raise unwritable(path, error) from error
