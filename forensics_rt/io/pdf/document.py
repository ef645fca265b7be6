"""Opening a PDF with PDFium: one document of the process at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pypdfium2

from forensics_rt.errors import ForensicsError, ImageLocked, ImageUnreadable
from forensics_rt.io.codec_errors import said_by

_PASSWORD_NEEDED = 4
# PDFium is not made for threads: one of the process at a time.
_PDFIUM = threading.Lock()


@contextmanager
def open_document(stream: BinaryIO, name: str, password: str | None = None) -> Iterator[Any]:
    """Open a PDF while the block runs; no other thread can use a PDF meanwhile.

    Args:
        stream: The file; it stays open.
        name: What to call it in errors.
        password: What opens it; `None` for no password.

    Raises:
        ImageUnreadable: If it is damaged, also where the block finds that out, or the password does
            not open it.
    """
    with _PDFIUM, damage_told(name):
        try:
            document = pypdfium2.PdfDocument(stream, password=password)
        except pypdfium2.PdfiumError as error:
            if error.err_code == _PASSWORD_NEEDED:
                raise locked(name, password) from error
            raise
        try:
            yield document
        finally:
            document.close()


@contextmanager
def damage_told(name: str) -> Iterator[None]:
    """Raise whatever PDFium or qpdf raises in the block as the error of a damaged PDF."""
    try:
        yield
    except (ForensicsError, MemoryError):
        raise
    except Exception as error:  # what they raise on damaged files is no contract
        raise ImageUnreadable(name, f"the PDF is truncated or damaged: {said_by(error)}") from error


def locked(name: str, password: str | None) -> ImageLocked:
    """Return the error of a PDF that did not open.

    Args:
        name: What to call the file.
        password: What was tried; it is not repeated. `None` for nothing.

    Example:
        >>> print(locked("contract.pdf", None))  # doctest: +ELLIPSIS
        contract.pdf: the PDF is locked and needs a password; give it with `password`, ...
    """
    if password is None:
        return ImageLocked(
            name,
            "the PDF is locked and needs a password; give it with `password`, or save the file "
            "without one",
        )
    return ImageLocked(name, "the password does not open the PDF; give the right one")
