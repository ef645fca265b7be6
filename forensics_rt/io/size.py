"""How many pixels an input holds, from its header: what memory it will take once decoded."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from forensics_rt.io.arrays import is_array_like
from forensics_rt.io.file_source import FileSource, file_source
from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.opening import open_encoded
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf.attachment import opened_source
from forensics_rt.io.pdf.signature import starts_as_pdf
from forensics_rt.io.tiff.pages import TIFF_SIGNATURES, tiff_pages

_NO_IMAGE = (0, 0)


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
    size = image_size(image, password)
    return None if size is None else size[0] * size[1]


def image_size(image: ImageInput, password: str | None = None) -> tuple[int, int] | None:
    """Return height and width of an input without decoding it; see `pixel_count`.

    Returns:
        (0, 0) for what is no image; `None` for a pipe.
    """
    if isinstance(image, Image.Image):
        return image.height, image.width
    if is_array_like(image):
        return _of_array(image)
    if isinstance(image, Page):
        return _of_file(image.source, image.number, password)
    file: Any = image
    try:
        if isinstance(file, os.PathLike) or not hasattr(file, "read"):
            return _of_file(file_source(file), 1, password)
        return _of_open(file, password) if file.seekable() else None
    except Exception:  # of a reader of the caller's own: decoding says what is wrong
        return _NO_IMAGE


def _of_array(image: Any) -> tuple[int, int]:
    if isinstance(image, (list, tuple)):
        rows = next(iter(image), ())
        return len(image), len(rows) if isinstance(rows, (list, tuple)) else 0
    shape = tuple(getattr(image, "shape", ()))
    return (int(shape[0]), int(shape[1])) if len(shape) in (2, 3) else _NO_IMAGE


def _of_open(file: BinaryIO, password: str | None) -> tuple[int, int]:
    place = file.tell()
    try:
        # Pillow takes the beginning of a file for that of the image.
        stream = io.BytesIO(file.read()) if place else file
        return _from_header(stream, 1, password)
    finally:
        file.seek(place)


def _of_file(source: FileSource, number: int, password: str | None) -> tuple[int, int] | None:
    try:
        if isinstance(source, Path) and source.is_fifo():
            return None
        with opened_source(source, password) as stream:
            return _from_header(stream, number, password)
    except Exception:
        return _NO_IMAGE


def _from_header(stream: BinaryIO, number: int, password: str | None) -> tuple[int, int]:
    try:
        stream.seek(0)
        if starts_as_pdf(stream):
            from forensics_rt.io.pdf.page import open_page

            with open_page(stream, number, "", password) as page:
                width, height = page.size
                return height, width
        start = stream.read(4)
        stream.seek(0)
        if start in TIFF_SIGNATURES:
            directory = tiff_pages(stream, "").pages[number - 1]
            return directory.height, directory.width
        with open_encoded(stream, "") as image:
            if number > 1:
                image.seek(number - 1)
            return int(image.height), int(image.width)
    except Exception:  # what Pillow raises on damaged files is no contract
        return _NO_IMAGE
