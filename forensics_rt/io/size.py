"""How many pixels an input holds, from its header: what memory it will take once decoded."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from forensics_rt.io.arrays import is_array_like
from forensics_rt.io.file_source import FileSource
from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.opening import open_encoded
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf.attachment import Attachment, opened_source
from forensics_rt.io.pdf.signature import starts_as_pdf
from forensics_rt.io.tiff.pages import TIFF_SIGNATURES, tiff_pages


def pixel_count(image: ImageInput, password: str | None = None) -> int | None:
    """Return width × height of an input without decoding it.

    Args:
        image: Whatever `io.decode.decode` takes; an open file is left at its place.
        password: What opens a locked PDF; `None` for no password.

    Returns:
        0 for what is no image: decoding says why. `None` for a pipe, by its path or open: its
        header cannot be read without taking it from the decoder.

    Example:
        >>> import numpy as np
        >>> pixel_count(np.zeros((20, 30, 3), np.uint8))
        600
    """
    if isinstance(image, Image.Image):
        return image.width * image.height
    if is_array_like(image):
        return _of_array(image)
    if isinstance(image, Page):
        return _of_file(image.source, image.number, password)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _of_file(MemoryFile(bytes(image)), 1, password)
    if isinstance(image, (str, os.PathLike)):
        return _of_file(Path(os.fsdecode(image)), 1, password)
    if isinstance(image, (MemoryFile, Attachment)):
        return _of_file(image, 1, password)
    file: Any = image
    try:
        return _of_open(file, password) if file.seekable() else None
    except Exception:  # of a reader of the caller's own: decoding says what is wrong
        return 0


def _of_array(image: Any) -> int:
    if isinstance(image, (list, tuple)):
        rows = next(iter(image), ())
        return len(image) * (len(rows) if isinstance(rows, (list, tuple)) else 0)
    shape = tuple(getattr(image, "shape", ()))
    return int(shape[0] * shape[1]) if len(shape) in (2, 3) else 0


def _of_open(file: BinaryIO, password: str | None) -> int:
    place = file.tell()
    try:
        # Pillow takes the beginning of a file for that of the image.
        stream = io.BytesIO(file.read()) if place else file
        return _from_header(stream, 1, password)
    finally:
        file.seek(place)


def _of_file(source: FileSource, number: int, password: str | None) -> int | None:
    try:
        if isinstance(source, Path) and source.is_fifo():
            return None
        with opened_source(source, password) as stream:
            return _from_header(stream, number, password)
    except Exception:
        return 0


def _from_header(stream: BinaryIO, number: int, password: str | None) -> int:
    try:
        stream.seek(0)
        if starts_as_pdf(stream):
            from forensics_rt.io.pdf.page import open_page

            with open_page(stream, number, "", password) as page:
                width, height = page.size
                return width * height
        start = stream.read(4)
        stream.seek(0)
        if start in TIFF_SIGNATURES:
            directory = tiff_pages(stream, "").pages[number - 1]
            return directory.width * directory.height
        with open_encoded(stream, "") as image:
            if number > 1:
                image.seek(number - 1)
            return int(image.width * image.height)
    except Exception:  # what Pillow raises on damaged files is no contract
        return 0
