"""Reading files: whatever is wrong with one is an error of the tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from forensics_rt.errors import ImageNotFound, ImageUnreadable
from forensics_rt.io.names import printable


def read_file(path: Path) -> bytes:
    """Read a whole file.

    Raises:
        ImageNotFound: If it is missing, a folder, or not to be opened.
    """
    with opened(path) as stream:
        return stream.read()


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


def read_open(file: BinaryIO, name: str) -> bytes:
    """Read what is left of a file that the caller has opened.

    Raises:
        ImageUnreadable: If it is closed, open for writing only, or gives no bytes.
    """
    try:
        data = file.read()
    except Exception as error:  # whatever a reader of the caller's own raises
        raise ImageUnreadable(name, f"the open file cannot be read: {error}") from error
    if not isinstance(data, bytes):
        raise ImageUnreadable(
            name, f"reading it must give bytes, but gave {type(data).__name__}; open it as binary"
        )
    return data
