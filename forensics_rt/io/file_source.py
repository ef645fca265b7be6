"""Where the bytes of a file of pages come from: the disk, memory, or another PDF."""

from __future__ import annotations

import io
import os
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.digest import sha256_of_file
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.names import printable
from forensics_rt.io.pdf.attachment import Attachment, in_memory
from forensics_rt.io.reading import read_open

FileSource: TypeAlias = "Path | MemoryFile | Attachment"
# What a caller may give for it.
FileInput: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | MemoryFile | Attachment"
)


@dataclass(frozen=True)
class PdfFile:
    """Where the PDF of an examined page is, and what opens it.

    Attributes:
        source: Its path; of a file given as bytes or open, those bytes; or an attachment.
        password: What opened it; `None` for no password. It is not shown.
    """

    source: FileSource
    password: str | None = field(default=None, repr=False)


def file_source(given: FileInput, max_pixels: int = DEFAULT_MAX_PIXELS) -> FileSource:
    """Return where the bytes of a file are, from whatever a caller may give for it.

    An open file is read from its place to its end, now, and left at its place where it can be: its
    pages may be asked for in any order, by several threads.

    Args:
        given: The file.
        max_pixels: How many pixels an image in an open file may have.

    Raises:
        ImageTooLarge: If it is an open file that gives far more than an image of so many pixels.
        ImageUnreadable: If it is an open file that gives no bytes, or none of all these.
    """
    if isinstance(given, (Path, MemoryFile, Attachment)):
        return given
    if isinstance(given, (str, os.PathLike)):
        return Path(os.fsdecode(given))
    if isinstance(given, (bytes, bytearray, memoryview)):
        return MemoryFile(bytes(given))
    if hasattr(given, "read"):
        return _read(given, max_pixels)
    raise ImageUnreadable(
        f"<{type(given).__name__}>",
        f"a file must be a path, bytes or an open file, got {type(given).__name__}",
    )


def _read(file: BinaryIO, max_pixels: int) -> MemoryFile:
    name = name_of_open(file)
    place = file.tell() if _is_seekable(file) else None
    data = read_open(file, name, max_pixels)
    if place is not None:
        file.seek(place)
    return MemoryFile(data, name)


def _is_seekable(file: BinaryIO) -> bool:
    try:
        return file.seekable()
    except (AttributeError, ValueError):  # a reader of the caller's own, or a closed file
        return False


def name_of_open(file: BinaryIO) -> str:
    """Return what to call an open file: its name, or its kind."""
    # Of a file without a name it is a number, or None.
    name = getattr(file, "name", None)
    if isinstance(name, str) and name:
        return printable(name)
    return "<bytes>" if isinstance(file, io.BytesIO) else "<file>"


def name_of_source(source: FileSource) -> str:
    """Return what to call a file in errors and results."""
    return printable(source) if isinstance(source, Path) else str(source)


def digest_of(source: FileSource, password: str | None = None) -> Future[str]:
    """Begin to compute the SHA-256 of a file, once for all its pages.

    Raises:
        ImageError: As `opened_source`.
    """
    if isinstance(source, Path):
        return sha256_of_file(source)
    return in_memory(source, password).digest
