"""The C function of jpeglib that reads the coefficients of a JPEG."""

from __future__ import annotations

import ctypes
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.errors import OptionalDependency
from forensics_rt.io.optional import load_optional

PACKAGE = "jpeglib"
_EXTRA = "jpeg"
_LIBRARY = "cjpeglib_turbo210"  # libjpeg-turbo 2.1: the package also has older and slower ones
_SUFFIXES = (".so", ".dll", ".pyd")
_COMPONENTS = 4
# Markers that begin a frame, then its length and depth, and its height and width.
_FRAME = re.compile(rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf](?=.{3}(..)(..))", re.DOTALL)
_MOST_ROOM = 1 << 20  # blocks: 128 MB, of which only what is written takes memory


def load_reader() -> Any:
    """Return what reads the coefficients of a file: `read_jpeg_dct` of jpeglib's C library.

    Its Python functions decode a file twice, because they first list what is in it. They keep that
    list in variables that threads share, and print.

    Raises:
        OptionalDependency: If the package is missing, or has no such library.
    """
    package = load_optional(PACKAGE, _EXTRA, "reading the coefficients of a JPEG")
    return _reader_in(Path(package.__file__).with_name("cjpeglib"))


@cache
def _reader_in(folder: Path) -> Any:
    for file in folder.glob(f"{_LIBRARY}.*"):
        if file.suffix in _SUFFIXES:
            reader = ctypes.CDLL(str(file)).read_jpeg_dct
            reader.argtypes = (ctypes.c_char_p, *[ctypes.c_void_p] * 6)
            return reader
    raise OptionalDependency(
        f"reading the coefficients of a JPEG needs a {PACKAGE} with libjpeg-turbo 2.1, but "
        f"{folder} has no {_LIBRARY}; pip install --force-reinstall 'forensics_rt[{_EXTRA}]'"
    )


def read_luma(
    data: bytes, rows: int, columns: int
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint16]] | str:
    """Read the coefficients of the first component of a JPEG, and their table.

    Args:
        data: The file.
        rows: Of blocks in that component.
        columns: The same.

    Returns:
        Rows×columns×8×8 and 8×8; or why there are none to be had, as a phrase.

    Raises:
        OptionalDependency: If the package is missing.
        OSError: If there is no room for a temporary file.
    """
    reader = load_reader()
    count = rows * columns
    room = max(count, largest_frame(data))
    if room > max(_MOST_ROOM, 4 * count):
        return "a part of the file states that the image is far larger"
    blocks = np.zeros((room, 8, 8), np.int16)
    tables = np.zeros((_COMPONENTS, 8, 8), np.uint16)
    table_of = np.zeros(_COMPONENTS, np.int16)
    with _as_file(data) as path:
        # Nothing is written for a component without an array.
        given = (blocks.ctypes.data, None, None, None, tables.ctypes.data, table_of.ctypes.data)
        if not reader(os.fsencode(path), *given):
            return f"{PACKAGE} cannot read them from this file"
    return blocks[:count].reshape(rows, columns, 8, 8), tables[table_of[0]]


def largest_frame(data: bytes) -> int:
    r"""Return how many 8×8 blocks the largest frame has that any bytes of a file state.

    The library writes as many blocks as the header says that it finds by itself, and is not told
    how much room there is. Whichever header that is, its size is among these: of a thumbnail, of a
    file within the file, or one that an attacker hid from other readers.

    Example:
        >>> largest_frame(b"\xff\xc0\x00\x11\x08\x00\x10\x00\x21")  # 16×33 pixels
        10
    """
    sides = (
        (int.from_bytes(high, "big"), int.from_bytes(wide, "big"))
        for high, wide in _FRAME.findall(data)
    )
    return max((-(-high // 8) * -(-wide // 8) for high, wide in sides), default=0)


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """Give a path under which the library finds the data: in memory where the system can."""
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        with open(os.memfd_create("page.jpg"), "wb") as file:
            file.write(data)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with tempfile.TemporaryDirectory(prefix="forensics_rt-") as folder:
        path = Path(folder, "page.jpg")
        path.write_bytes(data)
        yield str(path)
