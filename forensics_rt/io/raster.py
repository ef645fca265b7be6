"""Files that hold raster images, opened by Pillow, to 8-bit RGB pixels as stored."""

from __future__ import annotations

import struct
from concurrent.futures import Future
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.convert import convert_to_rgb
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.depth import bits_per_channel
from forensics_rt.io.digest import sha256_beside
from forensics_rt.io.frames import page_of, pages_in, warn_of_others
from forensics_rt.io.header import READ_BY_BANDS
from forensics_rt.io.limits import check_scans, check_size, check_tiles
from forensics_rt.io.medium import Medium
from forensics_rt.io.medium_facts import facts_of
from forensics_rt.io.medium_rules import measure_medium
from forensics_rt.io.opening import damaged_png_chunk, open_encoded, opened_anew, room_to_decode
from forensics_rt.io.read_options import ReadOptions

_EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Found:
    """What a file says beside the pixels of the picture at which it stands.

    Attributes:
        frames: How many pictures it holds.
        steps: Phrases for `conversions` that come before those of decoding.
        digest: SHA-256 of the file.
        data: Its bytes, where they are in memory.
        page: Which picture was asked for, from 1; `None` for the file as one image.
        orientation: As EXIF has it, where the file says so elsewhere.
        format: Container, where it is not the one that Pillow opened.
        medium: What kind of picture it is, where that is known already.
    """

    frames: int
    steps: tuple[str, ...]
    digest: Future[str]
    data: bytes = b""
    page: int | None = None
    orientation: int | None = None
    format: str | None = None
    medium: Medium | None = None


def decode_raster(
    data: bytes | BinaryIO, number: int | None, name: str, digest: Future[str], options: ReadOptions
) -> DecodedImage:
    """Decode a picture of an encoded file.

    Args:
        data: The file, or a stream of it, which stays open.
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
    with open_encoded(data, name) as image:
        pages = _turn_to(image, 1 if number is None else number, name)
        if number is None:
            steps = warn_of_others(image.format, pages, name)
        else:
            steps = page_of(number, pages)
        known = data if isinstance(data, bytes) else b""
        found = Found(pages, steps, digest, known, page=number)
        return from_pillow(image, name, found, options)


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


def from_pillow(
    image: Image.Image, name: str, found: Found | None, options: ReadOptions
) -> DecodedImage:
    """Decode what was found in a file, or, for `None`, an image that the caller has opened."""
    # Of a file `detect_large` reads the first picture.
    first = found is not None and found.format is None and found.page in (None, 1)
    check_size(name, image.size, options.max_pixels, first and image.format in READ_BY_BANDS)
    check_tiles(image, name, options.max_pixels)
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
        medium=found.medium or measure_medium(converted.pixels, facts_of(image)),
    )


def _of_the_caller(image: Image.Image, name: str) -> Found:
    frames, digest = int(getattr(image, "n_frames", 1)), sha256_beside(image.tobytes())
    if frames > 1 and image.tell():  # whoever sought it knows that there are others
        return Found(frames, (f"frame {image.tell() + 1} of {frames}",), digest)
    return Found(frames, warn_of_others(image.format, frames, name), digest)


def _orientation(image: Image.Image) -> int:
    try:
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    except (SyntaxError, ValueError, OSError, struct.error):  # damaged EXIF: the pixels are whole
        return 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
