"""From bytes to RGB pixels as stored: no resizing, no rotation, every conversion named."""

from __future__ import annotations

import io
import os
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from forensics_rt.errors import ImageNotFound, ImageTooLarge, ImageUnreadable, InvalidArray
from forensics_rt.io.arrays import decode_array, plain_input
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.digest import sha256_beside
from forensics_rt.io.file_source import FileSource, PdfFile, digest_of
from forensics_rt.io.inputs import ImageInput, name_of
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.names import printable
from forensics_rt.io.page_coefficients import with_coefficients
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf.attachment import Attachment, opened_source
from forensics_rt.io.pdf.signature import starts_as_pdf
from forensics_rt.io.raster import decode_raster, from_pillow
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.reading import read_file, read_open


def decode(
    image: ImageInput, name: str | None = None, options: ReadOptions | None = None
) -> DecodedImage:
    """Read an image from a path, page, attachment, bytes, open file, uint8 array or PIL image.

    16-bit channels keep their high byte, gray and palette become RGB, alpha is dropped (the colors
    stay as stored), CMYK is converted without a color profile, of several frames the first
    is taken, with a warning, or that at which a PIL image stands; each of these is written into
    `conversions`. A PIL image is left as it was. A page of a PDF is drawn as a viewer
    shows it, in the samples of its scan wherever it shows them (`io.pdf`). Where the options ask
    for coefficients, they come beside the pixels (`io.page_coefficients`).

    Args:
        image: The input.
        name: What to call it in errors and results; `None` for the path, the name of an open file,
            or the kind of input.
        options: What is refused, and what opens locked files; `None` for the defaults.

    Raises:
        ImageNotFound: If the file cannot be opened.
        ImageUnreadable: If the bytes are empty, no known image, truncated or damaged, or there is
            no such page.
        ImageTooLarge: If it has more pixels than the options allow, its file is far larger than an
            image of so many, or there is too little memory.
        InvalidArray: If an array is no 8-bit image (`io.arrays`), or lies on a GPU.
        OptionalDependency: If coefficients are asked for and what reads them is missing.

    Example:
        >>> decode(np.zeros((2, 3, 3), np.uint8)).pixels.shape
        (2, 3, 3)
    """
    called = printable(name) if name else name_of(image)
    options = options or ReadOptions()
    try:
        decoded = _decode(image, called, options)
        if options.dct_limit is None or decoded.coefficients is not None:
            return decoded
        return with_coefficients(decoded, b"", options.dct_limit)
    except MemoryError as error:
        raise ImageTooLarge(
            called,
            "needs more memory than is free; free some, or lower `max_pixels` to have such images "
            "refused from their headers",
        ) from error


def _decode(image: Any, called: str, options: ReadOptions) -> DecodedImage:
    if isinstance(image, (str, os.PathLike)):
        return _from_path(os.fsdecode(image), called, options)
    image = plain_input(image, called)
    if isinstance(image, np.ndarray):
        return decode_array(image, called, options.max_pixels)
    if isinstance(image, Image.Image):
        return from_pillow(image, called, None, options)
    if isinstance(image, Page):
        return _from_page(image, called, options)
    file: Any = image
    if isinstance(image, (bytes, bytearray, memoryview)):
        file = MemoryFile(bytes(image), called)
    elif hasattr(image, "read"):
        file = MemoryFile(read_open(image, called, options.max_pixels), called)
    if isinstance(file, (MemoryFile, Attachment)):
        held = file.load(options.password) if isinstance(file, Attachment) else file
        return _from_bytes(held.data, held.digest, file, called, options)
    raise InvalidArray(
        called,
        "must be a path, a page, bytes, an open file, a PIL image, or a uint8 array of RGB, RGBA "
        f"or gray, got {type(image).__name__}",
    )


def _from_path(path: str, name: str, options: ReadOptions) -> DecodedImage:
    if "://" in path:
        raise ImageNotFound(name, "is a web address, not a file; download it and give its bytes")
    data = read_file(Path(path), options.max_pixels)
    return _from_bytes(data, sha256_beside(data), Path(path), name, options)


def _from_bytes(
    data: bytes, digest: Future[str], source: FileSource, name: str, options: ReadOptions
) -> DecodedImage:
    """Decode a file as one image; the source is where it can be read again."""
    if not data:
        raise ImageUnreadable(name, "the file is empty")
    return _from_stream(io.BytesIO(data), None, digest, source, name, options)


def _from_page(page: Page, name: str, options: ReadOptions) -> DecodedImage:
    # From the disk: a hundred pages must not read their file a hundred times.
    with opened_source(page.source, options.password) as stream:
        digest = digest_of(page.source, options.password)
        return _from_stream(stream, page.number, digest, page.source, name, options)


def _from_stream(
    stream: BinaryIO,
    number: int | None,
    digest: Future[str],
    source: FileSource,
    name: str,
    options: ReadOptions,
) -> DecodedImage:
    if not starts_as_pdf(stream):
        return decode_raster(stream, number, name, digest, options)
    # Here, because most images are none.
    from forensics_rt.io.pdf.decode_page import decode_page

    decoded = decode_page(stream, number, name, digest, options)
    return replace(decoded, pdf_file=PdfFile(source, options.password))
