"""Opening the objects of a PDF with qpdf: what PDFium does not give, and copies with changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from pikepdf import PasswordError, Pdf

from forensics_rt.io.pdf.document import damage_told
from forensics_rt.io.pdf.password import locked


@contextmanager
def opened_by_qpdf(stream: BinaryIO, name: str, password: str | None = None) -> Iterator[Pdf]:
    """Open a PDF while the block runs.

    Args:
        stream: The file; it stays open.
        name: What to call it in errors.
        password: What opens it; `None` for no password.

    Raises:
        ImageLocked: If the password is missing or wrong.
        ImageUnreadable: If it is damaged, also where the block finds that out.
    """
    with damage_told(name):
        try:
            with _open(stream, password) as pdf:
                yield pdf
        except PasswordError as error:
            raise locked(name, password) from error


def _open(stream: BinaryIO, password: str | None) -> Pdf:
    try:
        return Pdf.open(stream, inherit_page_attributes=False)
    except PasswordError:
        if password is None:
            raise
        stream.seek(0)
        # Only now: of a password that is not needed it warns.
        return Pdf.open(stream, password=password, inherit_page_attributes=False)
