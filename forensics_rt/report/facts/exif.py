"""EXIF and other text that a program or a camera left in an image file."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image

from forensics_rt.report.facts.fact import Fact, shortened
from forensics_rt.report.facts.jpeg import exif_block
from forensics_rt.report.facts.jpeg_segments import is_jpeg

_MOST_FACTS = 80
_THUMBNAIL_START, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_LARGEST_THUMBNAIL = 65_535
# In the base of the file, pointers to the others.
_POINTERS = {0x8769, 0x8825, 0xA005, 0x014A, 0x8773}
_MAKER_NOTE = 0x927C
_TEXT_OF = ("Software", "Comment", "Author", "Description", "Title", "Source", "Creation Time")


@dataclass(frozen=True)
class Metadata:
    """What an image file says beside its pixels.

    Attributes:
        facts: EXIF fields and texts; all of them can be wrong, missing or made up.
        thumbnail: A small JPEG that EXIF holds; `None` for none. It may show an earlier version.
        damaged: Why the EXIF cannot be read whole; `None` where it can.
    """

    facts: tuple[Fact, ...] = ()
    thumbnail: bytes | None = None
    damaged: str | None = None


def metadata_of(data: bytes) -> Metadata:
    """Read the metadata of an image file; of one that Pillow does not open, none.

    Example:
        >>> metadata_of(b"no image").facts
        ()
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            return _read(image, data)
    except Exception as error:  # Pillow's contract names no error for damaged files
        return Metadata(damaged=f"{type(error).__name__}: {error}" if is_jpeg(data) else None)


def _read(image: Image.Image, data: bytes) -> Metadata:
    try:
        # The base class's: of a PNG Pillow would decode all pixels to look behind them.
        exif = Image.Image.getexif(image)
        found = list(_exif_facts(exif))
        thumbnail = _thumbnail(exif, data)
        damaged = None
    except Exception as error:
        found, thumbnail, damaged = [], None, f"{type(error).__name__}: {error}"
    found += _texts(image)
    found += _embedded(image)
    left = len(found) - _MOST_FACTS
    if left > 0:
        found = [*found[:_MOST_FACTS], Fact("not shown", f"{left} more fields")]
    return Metadata(tuple(found), thumbnail, damaged)


def _exif_facts(exif: Image.Exif) -> Iterator[Fact]:
    yield from _directory(dict(exif), ExifTags.TAGS, "")
    yield from _directory(exif.get_ifd(ExifTags.IFD.Exif), ExifTags.TAGS, "")
    yield from _directory(exif.get_ifd(ExifTags.IFD.GPSInfo), ExifTags.GPSTAGS, "")


def _directory(tags: Mapping[int, Any], names: Mapping[int, str], before: str) -> Iterator[Fact]:
    for tag, value in sorted(tags.items()):
        if tag not in _POINTERS:
            yield Fact(before + names.get(tag, f"tag 0x{tag:04x}"), _text(tag, value))


def _text(tag: int, value: Any) -> str:
    if isinstance(value, bytes):
        text = value.rstrip(b"\0").decode("utf-8", "replace")
        if tag == _MAKER_NOTE or not text.isprintable():
            return f"{len(value):,} bytes"
        return shortened(text)
    if isinstance(value, (tuple, list)):
        return shortened(", ".join(_number(one) for one in value[:32]))
    return shortened(_number(value))


def _number(value: Any) -> str:
    if isinstance(value, str):
        return value.rstrip("\0 ")
    try:
        as_float = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return str(value)
    return f"{as_float:g}" if math.isfinite(as_float) and as_float % 1 else str(value)


def _texts(image: Image.Image) -> Iterator[Fact]:
    """Yield the text of a PNG or GIF, which stands in no EXIF."""
    for label, value in image.info.items():
        if isinstance(label, str) and label in _TEXT_OF and isinstance(value, (str, bytes)):
            yield Fact(label, _text(0, value))


def _embedded(image: Image.Image) -> Iterator[Fact]:
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes):
        yield Fact("color profile", f"{len(profile):,} bytes")
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if xmp:
        yield Fact("XMP", f"{len(xmp):,} bytes")


def _thumbnail(exif: Image.Exif, data: bytes) -> bytes | None:
    second = exif.get_ifd(ExifTags.IFD.IFD1)
    start, length = second.get(_THUMBNAIL_START), second.get(_THUMBNAIL_LENGTH)
    block = exif_block(data) if is_jpeg(data) else None
    if block is None or not isinstance(start, int) or not isinstance(length, int):
        return None
    if not 0 < length <= _LARGEST_THUMBNAIL:
        return None
    found = block[start : start + length]
    return found if is_jpeg(found) else None
