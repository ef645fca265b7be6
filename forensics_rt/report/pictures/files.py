"""Pictures as files of a report: always the same bytes for the same pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.io.writers import unwritable

_QUALITY = 88


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


def _save(picture: Image.Image, path: Path, kind: str, **how: int) -> None:
    try:
        picture.save(path, kind, **how)
    except OSError as error:
        raise unwritable(path, error) from error
