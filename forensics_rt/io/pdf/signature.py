"""How a PDF file is recognized."""

from __future__ import annotations

from typing import BinaryIO

# What results call the format.
PDF = "PDF"
_SIGNATURE = b"%PDF-"
# What editors and mail programs leave before it.
_BEFORE = b"\xef\xbb\xbf\0 \t\r\n\f"
_HEAD_BYTES = 64


def is_pdf(start: bytes) -> bool:
    """Tell a PDF by its first bytes, of which 64 are enough.

    Example:
        >>> is_pdf(b"%PDF-1.7 and so on"), is_pdf(b"MM")
        (True, False)
    """
    return start[:_HEAD_BYTES].lstrip(_BEFORE).startswith(_SIGNATURE)


def starts_as_pdf(stream: BinaryIO) -> bool:
    """Tell a PDF by what an open file holds at its place, and leave it there."""
    place = stream.tell()
    start = stream.read(_HEAD_BYTES)
    stream.seek(place)
    return is_pdf(start)
