"""From bytes to RGB pixels as stored: no resizing, no rotation, every conversion named."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.errors import ImageNotFound, ImageTooLarge, ImageUnreadable, InvalidArray
from forensics_rt.io.arrays import plain_input, to_rgb
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.digest import sha256_beside, sha256_of_file
from forensics_rt.io.inputs import ImageInput, name_of
from forensics_rt.io.limits import check_size
from forensics_rt.io.medium_rules import measure_medium
from forensics_rt.io.names import printable
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf.decode_page import decode_page
from forensics_rt.io.pdf.signature import is_pdf, starts_as_pdf
from forensics_rt.io.raster import decode_raster, from_pillow
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.reading import opened, read_file, read_open


def decode(
    image: ImageInput, name: str | None = None, options: ReadOptions | None = None
) -> DecodedImage:
    """Read an image from a path, a page, bytes, an open file, a uint8 array or a PIL image.

    16-bit channels keep their high byte, grey and palette become RGB, alpha is dropped (the colours
    stay as stored), CMYK is converted without a colour profile, of several frames the first
    is taken, with a warning, or that at which a PIL image stands; each of these is written into
    `conversions`. A PIL image is left as it was. A page of a PDF is drawn as a viewer
    shows it, in the samples of its scan wherever it shows them (`io.pdf`).

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
        InvalidArray: If an array is no 8-bit image (`io.arrays`), or lies on a GPU.

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


def _decode(image: Any, called: str, options: ReadOptions) -> DecodedImage:
    image = plain_input(image, called)
    if isinstance(image, np.ndarray):
        return _from_array(image, called, options)
    if isinstance(image, Image.Image):
        return from_pillow(image, called, None, options)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(image), called, options)
    if isinstance(image, str) and "://" in image:
        raise ImageNotFound(called, "is an address, not a file; fetch it and give its bytes")
    if isinstance(image, (str, Path)):
        return _from_bytes(read_file(Path(image), options.max_pixels), called, options)
    if isinstance(image, Page):
        return _from_page(image, called, options)
    if isinstance(image, io.TextIOBase):
        raise ImageUnreadable(called, "the file is open as text; open it with mode 'rb'")
    if hasattr(image, "read"):
        return _from_bytes(read_open(image, called), called, options)
    raise InvalidArray(
        called,
        "must be a path, a page, bytes, an open file, a PIL image, or a uint8 array of RGB, RGBA "
        f"or grey, got {type(image).__name__}",
    )


def _from_array(array: npt.NDArray[np.uint8], name: str, options: ReadOptions) -> DecodedImage:
    image = to_rgb(array, name)
    check_size(name, (array.shape[1], array.shape[0]), options.max_pixels)
    digest = sha256_beside(image.stored.data.cast("B"))
    medium = measure_medium(image.pixels)
    return DecodedImage(
        image.pixels, name, digest, "raw", image.mode, image.conversions, medium=medium
    )


def _from_bytes(data: bytes, name: str, options: ReadOptions) -> DecodedImage:
    if not data:
        raise ImageUnreadable(name, "the file is empty")
    if is_pdf(data):
        return decode_page(io.BytesIO(data), None, name, sha256_beside(data), options)
    return decode_raster(data, None, name, sha256_beside(data), options)


def _from_page(page: Page, name: str, options: ReadOptions) -> DecodedImage:
    # From the disk: a hundred pages must not read their file a hundred times.
    with opened(page.path) as stream:
        digest = sha256_of_file(page.path)
        if starts_as_pdf(stream):
            return decode_page(stream, page.number, name, digest, options)
        return decode_raster(stream, page.number, name, digest, options)
