"""Files that hold raster images, opened by Pillow, to 8-bit RGB pixels as stored."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.codec_errors import said_by
from forensics_rt.io.convert import NotConvertible
from forensics_rt.io.damage.png import png_with_checksums
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.digest import sha256_beside
from forensics_rt.io.formats import READ_BY_BANDS
from forensics_rt.io.frames import no_such_page, pages_in, pages_told
from forensics_rt.io.limits import check_scans, check_size, check_tiles
from forensics_rt.io.medium.rules import measure_medium
from forensics_rt.io.metadata import density_of, exif_orientation, facts_of, pixel_shape
from forensics_rt.io.opening import open_encoded, opened_anew, room_to_decode
from forensics_rt.io.page_coefficients import with_coefficients
from forensics_rt.io.pixels import pixels_of
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.reading import read_bounded
from forensics_rt.io.tiff.opening import opened_tiff_page
from forensics_rt.io.tiff.pages import TIFF_SIGNATURES


@dataclass(frozen=True)
class Found:
    """What a file says beside the pixels of the picture at which it stands.

    Attributes:
        frames: How many pictures it holds.
        steps: Phrases for `conversions` that come before those of decoding.
        digest: SHA-256 of the file.
        data: Its bytes, where they are in memory.
        page: Which picture was asked for, from 1; `None` for the file as one image.
    """

    frames: int
    steps: tuple[str, ...]
    digest: Future[str]
    data: bytes = b""
    page: int | None = None


def decode_raster(
    stream: BinaryIO, number: int | None, name: str, digest: Future[str], options: ReadOptions
) -> DecodedImage:
    """Decode a picture of an encoded file.

    Args:
        stream: The file, which stays open.
        number: Which of its pages, from 1; `None` for the file as one image, of which the first is
            taken, with a warning where there are others.
        name: What to call it.
        digest: SHA-256 of the file.
        options: What is refused.

    Raises:
        ImageUnreadable: If the bytes are no known image, truncated or damaged, or there is no such
            page.
        ImageTooLarge: If it has more pixels than the options allow.
    """
    with _picture(stream, 1 if number is None else number, name, options) as (image, frames, known):
        steps = pages_told(image.format, frames, name, number)
        found = Found(frames, steps, digest, known, page=number)
        return from_pillow(image, name, found, options)


@contextmanager
def _picture(
    stream: BinaryIO, number: int, name: str, options: ReadOptions
) -> Iterator[tuple[Image.Image, int, bytes]]:
    """Open a picture, and say how many there are; the bytes are those of a file that is no TIFF."""
    start = stream.read(4)
    stream.seek(0)
    if start in TIFF_SIGNATURES:  # of which the pages are read from where they lie
        with opened_tiff_page(stream, number, name) as (page, pages):
            yield page, len(pages.pages), b""
        return
    if isinstance(stream, io.BytesIO):
        data = stream.getvalue()
    else:
        data = read_bounded(stream, name, options.max_pixels)
    # Pillow stops at a wrong checksum; the data behind it may be sound.
    examined = png_with_checksums(data) if options.damaged == "examine" else data
    with open_encoded(examined, name) as image:
        yield image, _turn_to(image, number, name), data


def _turn_to(image: Image.Image, number: int, name: str) -> int:
    """Seek a picture of the file, from 1, and return how many there are."""
    try:
        frames = pages_in(image)
        if 1 <= number <= frames:
            if number > 1:
                image.seek(number - 1)
            return frames
    except Exception as error:  # as below: no contract
        raise ImageUnreadable(
            name, f"the {image.format} is truncated or damaged: {said_by(error)}"
        ) from error
    raise ImageUnreadable(name, no_such_page(number, frames))


def from_pillow(
    image: Image.Image, name: str, found: Found | None, options: ReadOptions
) -> DecodedImage:
    """Decode what was found in a file, or, for `None`, an image that the caller has opened."""
    if found is None and _is_closed(image):
        raise ImageUnreadable(
            name, "the image must be open, but is closed; examine it before it is closed"
        )
    # Of a file `detect_large` reads the first picture.
    first = found is not None and found.page in (None, 1)
    check_size(name, image.size, options.max_pixels, first and image.format in READ_BY_BANDS)
    check_tiles(image, name, options.max_pixels)
    # A TIFF loses it when it is decoded; of other files only decoding brings all of EXIF in.
    of_tiff = exif_orientation(image.getexif) if isinstance(image, TiffImageFile) else None
    density, kind = density_of(image), image.format
    try:
        if found is None:
            image = opened_anew(image)
        check_scans(image)
        with room_to_decode(image):
            decoded = pixels_of(image, found.data if found else b"", options.damaged)
        found = found or _of_the_caller(image, name)
    except MemoryError:
        raise
    except NotConvertible as error:
        raise ImageUnreadable(name, str(error)) from error
    # What Pillow raises on damaged files is no contract: IndexError and TypeError are among it.
    except Exception as error:
        raise ImageUnreadable(
            name, f"the {kind} is truncated or damaged: {said_by(error)}"
        ) from error
    picture = DecodedImage(
        pixels=decoded.pixels,
        name=name,
        digest=found.digest,
        format=image.format or "raw",
        mode=image.mode,
        conversions=found.steps + decoded.conversions + pixel_shape(density),
        exif_orientation=of_tiff or exif_orientation(image.getexif),
        frames=found.frames,
        page=found.page,
        density=density,
        medium=measure_medium(decoded.pixels, facts_of(image)),
    )
    if options.dct_limit is None:
        return picture
    return with_coefficients(picture, found.data, options.dct_limit)


def _is_closed(image: Image.Image) -> bool:
    if getattr(image, "tile", ()):  # not decoded yet: that needs the file
        return getattr(image, "fp", None) is None
    try:
        image.load()
    except ValueError as error:
        return "closed" in str(error)
    return False


def _of_the_caller(image: Image.Image, name: str) -> Found:
    frames, digest = int(getattr(image, "n_frames", 1)), sha256_beside(image.tobytes())
    if frames > 1 and image.tell():  # whoever sought it knows that there are others
        return Found(frames, (f"frame {image.tell() + 1} of {frames}",), digest)
    return Found(frames, pages_told(image.format, frames, name), digest)
