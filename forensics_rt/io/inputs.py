"""What an image may be given as, and what to call it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.io.names import printable
from forensics_rt.io.pages import Page

ImageInput: TypeAlias = (
    "str | Path | Page | bytes | bytearray | memoryview | BinaryIO | npt.NDArray[np.uint8] "
    "| Image.Image"
)


def name_of(image: ImageInput) -> str:
    """Return what to call an input: its path or name, or its kind, such as `<bytes>`."""
    if isinstance(image, (str, Path)):
        return printable(image)
    if isinstance(image, Page):
        return str(image)
    if isinstance(image, np.ndarray):
        return "<array>"
    if isinstance(image, (bytes, bytearray, memoryview)):
        return "<bytes>"
    if isinstance(image, Image.Image):
        return "<image>"
    # Of a file without a name it is a number, or None.
    name = getattr(image, "name", None)
    if isinstance(name, str) and name:
        return printable(name)
    return "<bytes>" if isinstance(image, io.BytesIO) else "<file>"
