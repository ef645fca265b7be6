"""Reading files: whatever is wrong with one is an error of the tree."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from forensics_rt.errors import ImageError, ImageNotFound, ImageTooLarge, ImageUnreadable
from forensics_rt.io.names import printable

# Four channels of 16 bits without compression, and what a camera puts beside its photograph.
_BYTES_PER_PIXEL = 8
_BYTES_BESIDE = 64_000_000
_PART = 1 << 20


def read_file(path: Path, max_pixels: int) -> bytes:
    """Read a whole file.

    Raises:
        ImageNotFound: If it is missing, a folder, or not to be opened.
        ImageTooLarge: As `read_bounded`.
    """
    with opened(path) as stream:
        return read_bounded(stream, printable(path), max_pixels)


def read_bounded(stream: BinaryIO, name: str, max_pixels: int) -> bytes:
    """Read what is left of a file that was opened by its path.

    Args:
        stream: The file, open.
        name: What to call it in errors.
        max_pixels: How many pixels its image may have.

    Raises:
        ImageTooLarge: If it is far larger than any image of so many pixels: it is not read, or, of
            a pipe or a device, no further than that.
    """
    status, most = os.fstat(stream.fileno()), _most_bytes(max_pixels)
    if stat.S_ISREG(status.st_mode) and status.st_size > most:
        raise ImageTooLarge(
            name,
            f"is {status.st_size / 1e6:.1f} MB, the limit is {most / 1e6:.1f} MB "
            f"({_BYTES_PER_PIXEL} bytes for each of {max_pixels / 1e6:.1f} Mpx, and "
            f"{_BYTES_BESIDE / 1e6:.0f} MB); raise `max_pixels` if you trust it, or "
            "give its pages (forensics_rt.pages_of), which are read one by one",
        )
    if stat.S_ISREG(status.st_mode):
        return stream.read()
    return _read_endless(stream, name, max_pixels)


def _read_endless(stream: BinaryIO, name: str, max_pixels: int) -> bytes:
    """Read what does not say how much it will give: a pipe, a device, a file that was opened."""
    data, most = bytearray(), _most_bytes(max_pixels)
    while part := _part_of(stream, name):
        data += part
        if len(data) > most:
            raise ImageTooLarge(
                name,
                f"gave more than {most / 1e6:.1f} MB without an end; raise `max_pixels` if you "
                "trust it, or save it as a file and give its path",
            )
    return bytes(data)


def _part_of(stream: BinaryIO, name: str) -> bytes:
    try:
        part = stream.read(_PART)
    except TypeError:  # a reader of the caller's own that takes no size
        part = stream.read()
    if not isinstance(part, bytes):
        raise ImageUnreadable(
            name, f"reading it must give bytes, but gave {type(part).__name__}; open it as binary"
        )
    return part


def _most_bytes(max_pixels: int) -> int:
    return _BYTES_PER_PIXEL * max_pixels + _BYTES_BESIDE


def file_identity(status: os.stat_result) -> tuple[int, ...]:
    """Return what tells a file from others, and from what it was before it was written anew."""
    # Its own time of writing can be set, as copying and unpacking do, that of its entry cannot.
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file to read while the block runs.

    Raises:
        ImageNotFound: If it is missing, a folder, or not to be read.
    """
    try:
        with path.open("rb") as stream:
            yield stream
    except FileNotFoundError:
        raise ImageNotFound(printable(path), "no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageNotFound(printable(path), f"cannot be opened: {reason}") from error


def read_open(file: BinaryIO, name: str, max_pixels: int) -> bytes:
    """Read what is left of a file that the caller has opened.

    Args:
        file: It.
        name: What to call it in errors.
        max_pixels: How many pixels its image may have.

    Raises:
        ImageTooLarge: If it gives far more than any image of so many pixels: it is read no further.
        ImageUnreadable: If it is closed, open for writing only or as text, or gives no bytes.
    """
    if isinstance(file, io.TextIOBase):  # type: ignore[unreachable]
        raise ImageUnreadable(name, "the file is open as text; open it with mode 'rb'")
    try:
        return _read_endless(file, name, max_pixels)
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # whatever a reader of the caller's own raises
        raise ImageUnreadable(name, f"the open file cannot be read: {error}") from error
