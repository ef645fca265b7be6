"""The C function of jpeglib that reads the coefficients of a JPEG."""

from __future__ import annotations

import ctypes
import os
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
        rows: Of blocks in that component. The library writes as many as its header says.
        columns: The same.

    Returns:
        Rows×columns×8×8 and 8×8; or why there are none to be had, as a phrase.

    Raises:
        OptionalDependency: If the package is missing.
        OSError: If there is no room for a temporary file.
    """
    reader = load_reader()
    blocks = np.zeros((rows, columns, 8, 8), np.int16)
    tables = np.zeros((_COMPONENTS, 8, 8), np.uint16)
    table_of = np.zeros(_COMPONENTS, np.int16)
    with _as_file(data) as path:
        # Nothing is written for a component without an array.
        given = (blocks.ctypes.data, None, None, None, tables.ctypes.data, table_of.ctypes.data)
        if not reader(os.fsencode(path), *given):
            return f"{PACKAGE} cannot read them from this file"
    return blocks, tables[table_of[0]]


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
