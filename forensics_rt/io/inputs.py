"""What an image may be given as, and what to call it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, BinaryIO, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.io.arrays import is_array_like
from forensics_rt.io.file_source import name_of_open
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.names import printable
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf.attachment import Attachment

ImageInput: TypeAlias = (
    "str | os.PathLike[str] | Page | bytes | bytearray | memoryview | BinaryIO "
    "| npt.NDArray[np.uint8] | SupportsArray | list[Any] | Image.Image | MemoryFile | Attachment"
)


class SupportsArray(Protocol):
    """An array of another library, such as a tensor of torch, in memory of the host."""

    def __array__(self) -> npt.NDArray[Any]:
        """Return it as numpy's."""
        ...


def name_of(image: ImageInput) -> str:
    """Return what to call an input: its path or name, or its kind, such as `<bytes>`."""
    if isinstance(image, (str, os.PathLike)):
        return printable(os.fsdecode(image))
    if isinstance(image, (Page, MemoryFile, Attachment)):
        return str(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return "<bytes>"
    if isinstance(image, Image.Image):
        return "<image>"
    if is_array_like(image):
        return "<array>"
    file: Any = image
    return name_of_open(file)


def refuse_one_image(sources: object) -> None:
    """Refuse one image, or no images at all, in place of several.

    Raises:
        TypeError: If it is one.
    """
    one = (str, bytes, bytearray, memoryview, os.PathLike, Page, Image.Image)
    axes = getattr(sources, "shape", None)  # of an array of images there are four
    if isinstance(sources, one) or hasattr(sources, "read") or len(axes or ()) in (2, 3):
        called = name_of(sources)  # type: ignore[arg-type]
        raise TypeError(
            f"sources must be several images, but is {called}; for one image, give a list with it"
        )
    if not isinstance(sources, Iterable):
        raise TypeError(
            f"sources must be several images, but is a {type(sources).__name__}; give a list"
        )
