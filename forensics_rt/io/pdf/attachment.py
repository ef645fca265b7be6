"""A file that is attached to a PDF: read when it is asked for, never more than a bound."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from forensics_rt.errors import ImageTooLarge, ImageUnreadable
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.names import printable
from forensics_rt.io.reading import file_identity, opened

if TYPE_CHECKING:
    from pikepdf import Object

# A scan of 600 dpi in color without compression has 105 MB.
MOST_BYTES = 256_000_000
_FLATE = ("/FlateDecode", "/Fl")


@dataclass(frozen=True)
class Attachment:
    """A file attached to a PDF. Give it to everything that takes an image.

    Attributes:
        container: The PDF: its path, its bytes, or an attachment itself.
        number: Which attachment of the PDF, from 1, in the order of `attachments_of`.
        file_name: The name that the PDF gives it, without folders.

    Example:
        >>> print(Attachment(Path("mail.pdf"), 1, "scan.jpg"))
        mail.pdf-attachment-scan.jpg
    """

    container: Path | MemoryFile | Attachment
    number: int
    file_name: str

    def __str__(self) -> str:
        of = self.container
        return f"{printable(of) if isinstance(of, Path) else of}-attachment-{self.file_name}"

    def load(self, password: str | None = None) -> MemoryFile:
        """Read the attached file. The file read last is kept, for its pages.

        Args:
            password: Opens the PDF; `None` for no password.

        Raises:
            ImageNotFound: If the PDF is missing or cannot be opened.
            ImageUnreadable: If the PDF is damaged or locked, holds no such attachment any more, or
                stores it in a way that is not read.
            ImageTooLarge: If it has more than 256 MB.
        """
        return _loaded(self, password, _state(self))


def in_memory(source: MemoryFile | Attachment, password: str | None = None) -> MemoryFile:
    """Return the bytes of a file that is not on the disk; an attachment is read.

    Raises:
        ImageError: As `Attachment.load`.
    """
    return source.load(password) if isinstance(source, Attachment) else source


@contextmanager
def opened_source(
    source: Path | MemoryFile | Attachment, password: str | None = None
) -> Iterator[BinaryIO]:
    """Open a file to read while the block runs.

    Args:
        source: The file.
        password: What opens the PDF that an attachment comes from; `None` for no password.

    Raises:
        ImageNotFound: If it is missing, a folder, or not to be read.
        ImageUnreadable: If it is an attachment that cannot be read.
        ImageTooLarge: If it is an attachment of more bytes than are read.
    """
    if isinstance(source, Path):
        with opened(source) as stream:
            yield stream
    else:
        with in_memory(source, password).open() as stream:
            yield stream


def _state(attachment: Attachment) -> tuple[int, ...]:
    """Return what changes when the file on the disk does."""
    of = attachment.container
    while isinstance(of, Attachment):
        of = of.container
    if isinstance(of, MemoryFile):
        return ()
    with opened(of) as stream:
        return file_identity(os.fstat(stream.fileno()))


@lru_cache(maxsize=2)
def _loaded(attachment: Attachment, password: str | None, state: tuple[int, ...]) -> MemoryFile:
    # Here, because most images are no PDF.
    from forensics_rt.io.pdf.embedded_files import embedded_files
    from forensics_rt.io.pdf.qpdf import opened_by_qpdf

    name = str(attachment)
    with (
        opened_source(attachment.container, password) as stream,
        opened_by_qpdf(stream, str(attachment.container), password) as pdf,
    ):
        found = dict(enumerate(embedded_files(pdf), 1)).get(attachment.number)
        if found is None or found.name != attachment.file_name:
            raise ImageUnreadable(
                name, "the PDF no longer holds this attachment; list its attachments again"
            )
        return MemoryFile(_read(found.stream, name), name)


def _read(stream: Object, name: str) -> bytes:
    from pikepdf import Name

    filters = stream.get("/Filter", ())
    named = [str(one) for one in ([filters] if isinstance(filters, Name) else filters)]
    data: bytes = stream.read_raw_bytes()
    if len(data) > MOST_BYTES:
        raise _too_large(name)
    if not named:
        return data
    if len(named) > 1 or named[0] not in _FLATE or "/DecodeParms" in stream:
        raise ImageUnreadable(
            name,
            f"an attachment must be uncompressed or deflated, but this one has filter "
            f"{', '.join(named)}; extract it with a PDF program, and examine the file",
        )
    return _inflated(data, name)


def _inflated(data: bytes, name: str) -> bytes:
    if not data:  # of nothing some programs write nothing
        return data
    inflate = zlib.decompressobj()
    try:
        found = inflate.decompress(data, MOST_BYTES + 1)
    except zlib.error as error:
        raise ImageUnreadable(name, f"the attachment is damaged: {error}") from error
    if len(found) > MOST_BYTES:
        raise _too_large(name)
    if not inflate.eof:
        raise ImageUnreadable(
            name, "the attachment is truncated: its compressed data ends too early"
        )
    return found


def _too_large(name: str) -> ImageTooLarge:
    return ImageTooLarge(
        name,
        f"the attachment is larger than the limit of {MOST_BYTES / 1e6:.0f} MB; "
        "extract it with a PDF program, and examine the file",
    )
