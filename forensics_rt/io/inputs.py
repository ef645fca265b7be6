"""What an image may be given as, and what to call it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.io.attachment import Attachment
from forensics_rt.io.file_source import name_of_open
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.names import printable
from forensics_rt.io.pages import Page

ImageInput: TypeAlias = (
    "str | Path | Page | bytes | bytearray | memoryview | BinaryIO | npt.NDArray[np.uint8] "
    "| Image.Image | MemoryFile | Attachment"
)


def name_of(image: ImageInput) -> str:
    """Return what to call an input: its path or name, or its kind, such as `<bytes>`."""
    if isinstance(image, (str, Path)):
        return printable(image)
    if isinstance(image, (Page, MemoryFile, Attachment)):
        return str(image)
    if isinstance(image, np.ndarray):
        return "<array>"
    if isinstance(image, (bytes, bytearray, memoryview)):
        return "<bytes>"
    if isinstance(image, Image.Image):
        return "<image>"
    return name_of_open(image)
