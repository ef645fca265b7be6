"""A page of a TIFF, opened where it lies; what is wrong with it is an error of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.codec_errors import said_by
from forensics_rt.io.frames import no_such_page
from forensics_rt.io.opening import without_pillows_limit
from forensics_rt.io.tiff.directory import TiffDirectory, header_of
from forensics_rt.io.tiff.pages import TiffPages, open_tiff_page, tiff_pages
from forensics_rt.io.unread_kinds import unread_tiff_compression, unread_tiff_layout

_BIG_ENDIAN_BIGTIFF = b"MM\0+"
# What Pillow says of a page that it understands and cannot show.
_UNKNOWN_LAYOUT = ("unknown pixel mode", "unknown data organization")


@contextmanager
def opened_tiff_page(
    stream: BinaryIO, number: int, name: str
) -> Iterator[tuple[TiffImageFile, TiffPages]]:
    """Open a page of a TIFF while the block runs; it is not decoded. All of its pages come with it.

    Args:
        stream: The file, which stays open.
        number: Which page, from 1.
        name: What to call it in errors.

    Raises:
        ImageUnreadable: If there is no such page, its directory is damaged, or its kind of numbers,
            compression or pixel layout cannot be read.
    """
    stream.seek(0)
    if stream.read(4) == _BIG_ENDIAN_BIGTIFF:
        raise ImageUnreadable(name, "a big-endian BigTIFF cannot be read; save it as little-endian")
    pages = tiff_pages(stream, name)
    if not 1 <= number <= len(pages.pages):
        raise ImageUnreadable(name, no_such_page(number, len(pages.pages)))
    page = pages.pages[number - 1]
    if page.damage is not None:
        raise _damaged(name, page.damage)
    reason = unread_tiff_compression(page.compression)
    if reason is not None:
        raise ImageUnreadable(name, reason)
    try:
        with without_pillows_limit():
            image = open_tiff_page(stream, pages, page)
    except MemoryError:
        raise
    except Exception as error:  # what Pillow raises on damaged files is no contract
        if str(error) in _UNKNOWN_LAYOUT:
            raise ImageUnreadable(name, unread_tiff_layout(_tags(stream, page))) from error
        raise _damaged(name, said_by(error)) from error
    with image:
        yield image, pages


def _tags(stream: BinaryIO, page: TiffDirectory) -> ImageFileDirectory_v2:
    stream.seek(0)
    tags = ImageFileDirectory_v2(header_of(stream.read(4), page.offset))
    stream.seek(page.offset)
    tags.load(stream)
    return tags


def _damaged(name: str, reason: str) -> ImageUnreadable:
    return ImageUnreadable(name, f"the directory of the TIFF page is damaged: {reason}")
