"""From bytes to RGB pixels as stored: no resizing, no rotation, every conversion named."""

from __future__ import annotations

import io
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.errors import ImageNotFound, ImageTooLarge, ImageUnreadable, InvalidArray
from forensics_rt.io.attachment import Attachment
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.digest import sha256_beside
from forensics_rt.io.file_source import FileSource, digest_of, opened_source
from forensics_rt.io.frames import page_of, warn_of_others
from forensics_rt.io.inputs import ImageInput, name_of
from forensics_rt.io.limits import check_size
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.names import printable
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf import PDF, is_pdf, open_pdf_page, starts_as_pdf
from forensics_rt.io.pdf_file import PdfFile
from forensics_rt.io.raster import Found, decode_raster, from_pillow
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.reading import read_file, read_open


def decode(
    image: ImageInput, name: str | None = None, options: ReadOptions | None = None
) -> DecodedImage:
    """Read an image from a path, page, attachment, bytes, open file, RGB uint8 array or PIL image.

    16-bit channels keep their high byte, grey and palette become RGB, alpha is dropped (the colours
    stay as stored), CMYK is converted without a colour profile, of several frames the first
    is taken, with a warning, or that at which a PIL image stands; each of these is written into
    `conversions`. A PIL image is left as it was. Of a page of a PDF that is a scan, the pixels are
    those of the scan as it is stored there; any other is drawn (`io.pdf_layout`).

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
            image of so many, or memory is wanting.
        InvalidArray: If an array is not H×W×3 uint8 with at least one pixel.

    Example:
        >>> decode(np.zeros((2, 3, 3), np.uint8)).pixels.shape
        (2, 3, 3)
    """
    called = printable(name) if name else name_of(image)
    try:
        return _decode(image, called, options or ReadOptions())
    except MemoryError as error:
        raise ImageTooLarge(
            called,
            "takes more memory than there is; free some, or lower max_pixels (--max-pixels) to "
            "have such images refused from their headers",
        ) from error


def _decode(image: ImageInput, called: str, options: ReadOptions) -> DecodedImage:
    if isinstance(image, np.ndarray):
        return _from_array(image, called, options)
    if isinstance(image, Image.Image):
        return from_pillow(image, called, None, options)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _from_file(MemoryFile(bytes(image), called), called, options)
    if isinstance(image, str) and "://" in image:
        raise ImageNotFound(called, "is an address, not a file; fetch it and give its bytes")
    if isinstance(image, (str, Path)):
        data = read_file(Path(image), options.max_pixels)
        return _from_file(MemoryFile(data, called), called, options, Path(image))
    if isinstance(image, MemoryFile):
        return _from_file(image, called, options)
    if isinstance(image, Attachment):
        return _from_file(image.load(options.password), called, options, image)
    if isinstance(image, Page):
        return _from_page(image, called, options)
    if isinstance(image, io.TextIOBase):  # type: ignore[unreachable]
        raise ImageUnreadable(called, "the file is open as text; open it with mode 'rb'")
    if hasattr(image, "read"):
        return _from_file(MemoryFile(read_open(image, called), called), called, options)
    raise InvalidArray(
        called,
        "must be a path, a page, bytes, an open file, an H×W×3 uint8 RGB array or a PIL image, "
        f"got {type(image).__name__}",
    )


def _from_array(array: npt.NDArray[np.uint8], name: str, options: ReadOptions) -> DecodedImage:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        finite = array.dtype.kind != "f" or bool(np.isfinite(array).all())
        raise InvalidArray(
            name,
            f"must be H×W×3 RGB of dtype uint8 with values 0–255, got shape {array.shape} of "
            f"dtype {array.dtype}{'' if finite else ' with NaN or infinity in it'}",
        )
    check_size(name, (array.shape[1], array.shape[0]), options.max_pixels)
    # A copy: the caller may fill the array with the next image, and results show this one.
    pixels = np.array(array, order="C")
    return DecodedImage(pixels, name, sha256_beside(pixels.data.cast("B")), "raw", "RGB")


def _from_file(
    file: MemoryFile, name: str, options: ReadOptions, source: FileSource | None = None
) -> DecodedImage:
    """Decode a file as one image; the source is where it can be read again, if not here."""
    if not file.data:
        raise ImageUnreadable(name, "the file is empty")
    if is_pdf(file.data):
        decoded = _from_pdf(file.open(), None, name, file.digest, options)
        return _with_file(decoded, source or file, options)
    return decode_raster(file.data, None, name, file.digest, options)


def _from_page(page: Page, name: str, options: ReadOptions) -> DecodedImage:
    # From the disk: a hundred pages must not read their file a hundred times.
    with opened_source(page.source, options.password) as stream:
        digest = digest_of(page.source, options.password)
        if starts_as_pdf(stream):
            decoded = _from_pdf(stream, page.number, name, digest, options)
            return _with_file(decoded, page.source, options)
        return decode_raster(stream, page.number, name, digest, options)


def _with_file(decoded: DecodedImage, source: FileSource, options: ReadOptions) -> DecodedImage:
    return replace(decoded, pdf_file=PdfFile(source, options.password))


def _from_pdf(
    stream: BinaryIO, number: int | None, name: str, digest: Future[str], options: ReadOptions
) -> DecodedImage:
    with open_pdf_page(stream, number or 1, name, options.password) as page:
        check_size(name, page.layout.size, options.max_pixels)
        image = page.image()
    if number is None:
        steps = warn_of_others(PDF, page.pages, name)
    else:
        steps = page_of(number, page.pages)
    found = Found(
        page.pages,
        (*steps, page.phrase),
        digest,
        page=number,
        orientation=page.layout.orientation,
        format=PDF,
    )
    return from_pillow(image, name, found, options)
