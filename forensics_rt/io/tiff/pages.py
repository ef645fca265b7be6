"""Which directories of a TIFF are pages, and opening one of them without those before it."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, cast

from PIL.TiffImagePlugin import TiffImageFile

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.reading import file_identity
from forensics_rt.io.tiff.directory import (
    MOST_DIRECTORIES,
    TiffDirectory,
    header_of,
    read_directories,
)

TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_REDUCED, _MASK, _TRANSPARENCY_MASK = 1, 4, 4


@dataclass(frozen=True, slots=True)
class TiffPages:
    """The pages of a TIFF.

    Attributes:
        pages: Their directories; smaller versions of a page and masks are left out, damaged ones
            are not: each is a page that cannot be read.
        first: The first directory of the file, page or not.
    """

    pages: tuple[TiffDirectory, ...]
    first: TiffDirectory


def tiff_pages(stream: BinaryIO, name: str) -> TiffPages:
    """List the pages of a TIFF; of a file they are found once, as long as it stays the same.

    Args:
        stream: It; its place is moved.
        name: What to call it in errors.

    Raises:
        ImageUnreadable: If it has more than `MOST_DIRECTORIES` directories.

    Example:
        >>> from PIL import Image
        >>> stream = io.BytesIO()
        >>> Image.new("L", (30, 20)).save(stream, "TIFF")
        >>> [(page.width, page.height) for page in tiff_pages(stream, "page.tif").pages]
        [(30, 20)]
    """
    try:
        file = _OpenFile(file_identity(os.fstat(stream.fileno())), stream, name)
    except (OSError, AttributeError):  # in memory
        return _list.__wrapped__(_OpenFile((), stream, name))
    return _list(file)


@dataclass(frozen=True)
class _OpenFile:
    identity: tuple[int, ...]
    stream: BinaryIO = field(compare=False)
    name: str = field(compare=False)


@lru_cache(maxsize=16)
def _list(file: _OpenFile) -> TiffPages:
    found = read_directories(file.stream)
    if len(found) > MOST_DIRECTORIES:
        raise ImageUnreadable(
            file.name,
            f"has more than {MOST_DIRECTORIES} pages, the limit; split it into smaller files",
        )
    return TiffPages(pages_among(found), found[0])


def pages_among(directories: Sequence[TiffDirectory]) -> tuple[TiffDirectory, ...]:
    """Leave out masks, and smaller versions of another picture; a wrong mark hides no page.

    Example:
        >>> page, small = TiffDirectory(8, 60, 40), TiffDirectory(99, 30, 20, subfile=1)
        >>> pages_among([small, page]) == (page,), pages_among([small]) == (small,)
        (True, True)
    """
    pictures = [one for one in directories if not _is_mask(one)]
    # A pyramid has one large size, and a thousand pages hardly more.
    sizes = {(one.width, one.height) for one in pictures}
    pages = [
        one
        for one in pictures
        if not (one.subfile & _REDUCED and any(_is_smaller(one, size) for size in sizes))
    ]
    return tuple(pages or directories[:1])


def open_tiff_page(stream: BinaryIO, pages: TiffPages, page: TiffDirectory) -> TiffImageFile:
    """Open a page where it lies, as if it were the only one; nothing is decoded.

    Args:
        stream: The file, which stays open.
        pages: Its pages.
        page: Which of them.

    Raises:
        Exception: Whatever Pillow raises where it cannot read the directory.
    """
    stream.seek(0)
    if page.offset == pages.first.offset:
        return TiffImageFile(stream)
    header = header_of(stream.read(4), page.offset)
    page_of_file = _Redirected(stream, header, pages.first.damage is None)
    return TiffImageFile(cast(BinaryIO, page_of_file))


def _is_mask(one: TiffDirectory) -> bool:
    return bool(one.subfile & _MASK) or one.photometric == _TRANSPARENCY_MASK


def _is_smaller(one: TiffDirectory, size: tuple[int, int]) -> bool:
    width, height = size
    # Its sides are rounded, up or down.
    alike = abs(one.width * height - one.height * width) <= width + height
    return alike and one.width * one.height < width * height


class _Redirected(io.RawIOBase):
    """A TIFF whose header names another first directory; the bytes behind it are the file's."""

    def __init__(self, stream: BinaryIO, header: bytes, by_number: bool) -> None:
        self._stream, self._header, self._by_number = stream, header, by_number
        self._place = 0

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = self._place if whence == os.SEEK_CUR else 0
        if whence == os.SEEK_END:
            start = self._stream.seek(0, os.SEEK_END)
        self._place = start + offset
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._stream.seek(self._place)
        data = self._stream.read(len(buffer))
        if self._place < len(self._header):
            of_header = self._header[self._place :][: len(data)]
            data = of_header + data[len(of_header) :]
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def fileno(self) -> int:
        # libtiff, given the file, reads its first directory before the one asked for.
        if not self._by_number:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()
