"""From bytes to RGB pixels as stored: no resizing, no rotation, every conversion named."""

from __future__ import annotations

import io
import struct
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from forensics_rt.errors import ImageNotFound, ImageTooLarge, ImageUnreadable, InvalidArray
from forensics_rt.io.arrays import plain_input, to_rgb
from forensics_rt.io.convert import convert_to_rgb
from forensics_rt.io.depth import bits_per_channel
from forensics_rt.io.digest import sha256_beside, sha256_of_file
from forensics_rt.io.frames import page_of, pages_in, warn_of_others
from forensics_rt.io.header import READ_BY_BANDS
from forensics_rt.io.inputs import ImageInput, name_of
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS, check_scans, check_size, check_tiles
from forensics_rt.io.names import printable
from forensics_rt.io.opening import damaged_png_chunk, open_encoded, opened_anew, room_to_decode
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf import PDF, is_pdf, open_pdf_page, starts_as_pdf
from forensics_rt.io.reading import opened, read_file, read_open

_EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True)
class DecodedImage:
    """An image as a network sees it, and how it came to be so.

    Attributes:
        pixels: H×W×3 uint8 RGB, in stored orientation.
        name: The path, with `-page2` behind it for a page; or `<bytes>`, `<array>`, `<image>`.
        digest: SHA-256 of the encoded bytes; of the raw pixels for arrays and PIL images.
        format: Container, such as `JPEG` or `PDF`; `raw` for arrays.
        mode: Pixel mode as stored, in Pillow's words, such as `RGB` or `CMYK`.
        conversions: What was done to get 8-bit RGB, one phrase each; empty for 8-bit RGB.
        exif_orientation: 1–8 as EXIF has it, of a PDF's image as its page has it; reported, not
            applied.
        frames: How many pictures the file holds, smaller versions of a page and masks not counted;
            `conversions` says which one was taken.
        page: Which one was asked for, from 1; `None` where the file was asked for as one image.
    """

    pixels: npt.NDArray[np.uint8]
    name: str
    digest: Future[str]
    format: str
    mode: str
    conversions: tuple[str, ...] = ()
    exif_orientation: int = 1
    frames: int = 1
    page: int | None = None

    @property
    def sha256(self) -> str:
        """The digest, 64 hexadecimal digits; waits for it."""
        return self.digest.result()


@dataclass(frozen=True)
class _Found:
    """What a file says beside the pixels of the picture at which it stands."""

    frames: int
    steps: tuple[str, ...]
    digest: Future[str]
    data: bytes = b""
    page: int | None = None
    orientation: int | None = None
    format: str | None = None


def decode(
    image: ImageInput, name: str | None = None, max_pixels: int = DEFAULT_MAX_PIXELS
) -> DecodedImage:
    """Read an image from a path, a page, bytes, an open file, a uint8 array or a PIL image.

    16-bit channels keep their high byte, grey and palette become RGB, alpha is dropped (the colours
    stay as stored), CMYK is converted without a colour profile, of several frames the first
    is taken, with a warning, or that at which a PIL image stands; each of these is written into
    `conversions`. A PIL image is left as it was. Of a page of a PDF that is a scan, the pixels are
    those of the scan as it is stored there; any other is drawn (`io.pdf_layout`).

    Args:
        image: The input.
        name: What to call it in errors and results; `None` for the path, the name of an open file,
            or the kind of input.
        max_pixels: Largest width × height accepted, read from the header before decoding.

    Raises:
        ImageNotFound: If the file cannot be opened.
        ImageUnreadable: If the bytes are empty, no known image, truncated or damaged, or there is
            no such page.
        ImageTooLarge: If it has more than `max_pixels` pixels, its file is far larger than an image
            of so many, or memory is wanting.
        InvalidArray: If an array is no 8-bit image (`io.arrays`), or lies on a GPU.

    Example:
        >>> decode(np.zeros((2, 3, 3), np.uint8)).pixels.shape
        (2, 3, 3)
    """
    called = printable(name) if name else name_of(image)
    try:
        return _decode(image, called, max_pixels)
    except MemoryError as error:
        raise ImageTooLarge(
            called,
            "takes more memory than there is; free some, or lower max_pixels (--max-pixels) to "
            "have such images refused from their headers",
        ) from error


def _decode(image: Any, called: str, max_pixels: int) -> DecodedImage:
    image = plain_input(image, called)
    if isinstance(image, np.ndarray):
        return _from_array(image, called, max_pixels)
    if isinstance(image, Image.Image):
        return _from_pillow(image, called, None, max_pixels)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(image), called, max_pixels)
    if isinstance(image, str) and "://" in image:
        raise ImageNotFound(called, "is an address, not a file; fetch it and give its bytes")
    if isinstance(image, (str, Path)):
        return _from_bytes(read_file(Path(image), max_pixels), called, max_pixels)
    if isinstance(image, Page):
        return _from_page(image, called, max_pixels)
    if isinstance(image, io.TextIOBase):
        raise ImageUnreadable(called, "the file is open as text; open it with mode 'rb'")
    if hasattr(image, "read"):
        return _from_bytes(read_open(image, called), called, max_pixels)
    raise InvalidArray(
        called,
        "must be a path, a page, bytes, an open file, a PIL image, or a uint8 array of RGB, RGBA "
        f"or grey, got {type(image).__name__}",
    )


def _from_array(array: npt.NDArray[np.uint8], name: str, max_pixels: int) -> DecodedImage:
    image = to_rgb(array, name)
    check_size(name, (array.shape[1], array.shape[0]), max_pixels)
    digest = sha256_beside(image.stored.data.cast("B"))
    return DecodedImage(image.pixels, name, digest, "raw", image.mode, image.conversions)


def _from_bytes(data: bytes, name: str, max_pixels: int) -> DecodedImage:
    if not data:
        raise ImageUnreadable(name, "the file is empty")
    if is_pdf(data):
        return _from_pdf(io.BytesIO(data), None, name, sha256_beside(data), max_pixels)
    with open_encoded(data, name) as image:
        pages = _turn_to(image, 1, name)
        steps = warn_of_others(image.format, pages, name)
        found = _Found(pages, steps, sha256_beside(data), data)
        return _from_pillow(image, name, found, max_pixels)


def _from_page(page: Page, name: str, max_pixels: int) -> DecodedImage:
    # From the disk: a hundred pages must not read their file a hundred times.
    with opened(page.path) as stream:
        digest = sha256_of_file(page.path)
        if starts_as_pdf(stream):
            return _from_pdf(stream, page.number, name, digest, max_pixels)
        with open_encoded(stream, name) as image:
            pages = _turn_to(image, page.number, name)
            found = _Found(pages, page_of(page.number, pages), digest, page=page.number)
            return _from_pillow(image, name, found, max_pixels)


def _from_pdf(
    stream: BinaryIO, number: int | None, name: str, digest: Future[str], max_pixels: int
) -> DecodedImage:
    with open_pdf_page(stream, number or 1, name) as page:
        check_size(name, page.layout.size, max_pixels)
        image = page.image()
    if number is None:
        steps = warn_of_others(PDF, page.pages, name)
    else:
        steps = page_of(number, page.pages)
    found = _Found(
        page.pages,
        (*steps, page.phrase),
        digest,
        page=number,
        orientation=page.layout.orientation,
        format=PDF,
    )
    return _from_pillow(image, name, found, max_pixels)


def _turn_to(image: Image.Image, number: int, name: str) -> int:
    """Seek a picture of the file, from 1, and return how many there are."""
    try:
        frames = pages_in(image, name)
        if 1 <= number <= len(frames):
            image.seek(frames[number - 1])
            return len(frames)
    except ImageUnreadable:
        raise
    except Exception as error:  # as below: no contract
        raise ImageUnreadable(
            name, f"the {image.format} is truncated or damaged: {error}"
        ) from error
    raise ImageUnreadable(name, f"must be one of the {len(frames)} pages of the file, got {number}")


def _from_pillow(
    image: Image.Image, name: str, found: _Found | None, max_pixels: int
) -> DecodedImage:
    """Decode what was found in a file, or, for `None`, an image that the caller has opened."""
    # Of a file `detect_large` reads the first picture.
    first = found is not None and found.format is None and found.page in (None, 1)
    check_size(name, image.size, max_pixels, first and image.format in READ_BY_BANDS)
    check_tiles(image, name, max_pixels)
    # A TIFF loses it when it is decoded; of other files only decoding brings all of EXIF in.
    of_tiff = _orientation(image) if isinstance(image, TiffImageFile) else None
    data = b"" if found is None else found.data
    try:
        if found is None:
            image = opened_anew(image)
        check_scans(image)
        with room_to_decode(image):
            converted = convert_to_rgb(image)
        found = found or _of_the_caller(image, name)
        bits = image.info.get("bit_depth") or bits_per_channel(data, image.format if data else None)
    except MemoryError:
        raise
    # What Pillow raises on damaged files is no contract: IndexError and TypeError are among it.
    except Exception as error:
        reason = damaged_png_chunk(data) or str(error)
        kind = (found.format if found else None) or image.format
        raise ImageUnreadable(name, f"the {kind} is truncated or damaged: {reason}") from error
    if isinstance(converted, str):
        raise ImageUnreadable(name, converted)
    steps = found.steps
    if bits > 8 and image.mode in ("RGB", "RGBA"):
        steps += (f"{bits}-bit channels reduced to 8 bits",)
    return DecodedImage(
        pixels=converted.pixels,
        name=name,
        digest=found.digest,
        format=found.format or image.format or "raw",
        mode=image.mode,
        conversions=steps + converted.conversions,
        exif_orientation=found.orientation or of_tiff or _orientation(image),
        frames=found.frames,
        page=found.page,
    )


def _of_the_caller(image: Image.Image, name: str) -> _Found:
    frames, digest = int(getattr(image, "n_frames", 1)), sha256_beside(image.tobytes())
    if frames > 1 and image.tell():  # whoever sought it knows that there are others
        return _Found(frames, (f"frame {image.tell() + 1} of {frames}",), digest)
    return _Found(frames, warn_of_others(image.format, frames, name), digest)


def _orientation(image: Image.Image) -> int:
    try:
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    except (SyntaxError, ValueError, OSError, struct.error):  # damaged EXIF: the pixels are whole
        return 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
