"""How many pixels an input holds, from its header: what memory it will take once decoded."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.opening import open_encoded
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf import is_pdf, open_pdf_page, starts_as_pdf
from forensics_rt.io.tiff_pages import TIFF_SIGNATURES, tiff_pages

# Holds the header of nearly every file; of the others the whole file is asked.
_HEAD_BYTES = 1 << 16
# A TIFF's directory may stand anywhere, as does that of a PDF, and Pillow warns of one cut off.
_TIFF = (b"II", b"MM")


def pixel_count(image: ImageInput) -> int | None:
    """Return width × height of an input without decoding it.

    Args:
        image: Whatever `io.decode.decode` takes; an open file is left at its place.

    Returns:
        0 for what is no image: decoding says why. `None` for a pipe, by its path or open: its
        header cannot be read without taking it from the decoder.

    Example:
        >>> pixel_count(np.zeros((20, 30, 3), np.uint8))
        600
    """
    if isinstance(image, np.ndarray):
        return image.size // 3
    if isinstance(image, Image.Image):
        return image.width * image.height
    if isinstance(image, Page):
        return _of_page(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _from_header(io.BytesIO(image)) or 0
    try:
        if isinstance(image, (str, Path)):
            if Path(image).is_fifo():
                return None
            with Path(image).open("rb") as stream:
                return _from_stream(stream)
        if image.seekable():
            return _from_stream(image)
    except (OSError, ValueError, TypeError, AttributeError):
        return 0
    return None


def _from_stream(stream: BinaryIO) -> int:
    place = stream.tell()
    try:
        head = stream.read(_HEAD_BYTES)
        whole = head.startswith(_TIFF) or is_pdf(head)
        pixels = None if whole else _from_header(io.BytesIO(head))
        if pixels is None and place == 0:
            pixels = _from_header(stream)
        elif pixels is None:  # Pillow takes the beginning of a file for that of the image
            pixels = _from_header(io.BytesIO(head + stream.read()))
        return pixels or 0
    finally:
        stream.seek(place)


def _of_page(page: Page) -> int | None:
    try:
        if page.path.is_fifo():
            return None
        with page.path.open("rb") as stream:
            return _from_header(stream, page.number) or 0
    except (OSError, ValueError):
        return 0


def _from_header(stream: BinaryIO, number: int = 1) -> int | None:
    try:
        stream.seek(0)
        if starts_as_pdf(stream):
            with open_pdf_page(stream, number, "") as page:
                width, height = page.layout.size
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
