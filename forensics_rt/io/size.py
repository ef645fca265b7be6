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
from forensics_rt.io.pdf.page import open_page
from forensics_rt.io.pdf.signature import is_pdf, starts_as_pdf
from forensics_rt.io.tiff.pages import TIFF_SIGNATURES, tiff_pages

# Holds the header of nearly every file; of the others the whole file is asked.
_HEAD_BYTES = 1 << 16
# A TIFF's directory may stand anywhere, as does that of a PDF, and Pillow warns of one cut off.
_TIFF = (b"II", b"MM")


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
    if isinstance(image, (MemoryFile, Attachment)):
        return _of_file(image, 1, password)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _from_header(io.BytesIO(image), 1, password) or 0
    try:
        if isinstance(image, (str, os.PathLike)):
            image = Path(os.fsdecode(image))
            if Path(image).is_fifo():
                return None
            with Path(image).open("rb") as stream:
                return _from_stream(stream, password)
        file: Any = image
        if file.seekable():
            return _from_stream(file, password)
    except Exception:  # of a reader of the caller's own: decoding says what is wrong
        return 0
    return None


def _of_array(image: Any) -> int:
    if isinstance(image, (list, tuple)):
        rows = next(iter(image), ())
        return len(image) * (len(rows) if isinstance(rows, (list, tuple)) else 0)
    shape = tuple(getattr(image, "shape", ()))
    return int(shape[0] * shape[1]) if len(shape) in (2, 3) else 0


def _from_stream(stream: BinaryIO, password: str | None) -> int:
    place = stream.tell()
    try:
        head = stream.read(_HEAD_BYTES)
        whole = head.startswith(_TIFF) or is_pdf(head)
        pixels = None if whole else _from_header(io.BytesIO(head), 1, password)
        if pixels is None and place == 0:
            pixels = _from_header(stream, 1, password)
        elif pixels is None:  # Pillow takes the beginning of a file for that of the image
            pixels = _from_header(io.BytesIO(head + stream.read()), 1, password)
        return pixels or 0
    finally:
        stream.seek(place)


def _of_file(source: FileSource, number: int, password: str | None) -> int | None:
    try:
        if isinstance(source, Path) and source.is_fifo():
            return None
        with opened_source(source, password) as stream:
            return _from_header(stream, number, password) or 0
    except Exception:
        return 0


def _from_header(stream: BinaryIO, number: int, password: str | None) -> int | None:
    try:
        stream.seek(0)
        if starts_as_pdf(stream):
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
        return None
