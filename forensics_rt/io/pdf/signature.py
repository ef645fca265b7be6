"""How a PDF file is recognized."""

from __future__ import annotations

import re
from typing import BinaryIO

# What results call the format.
PDF = "PDF"
_SIGNATURE = b"%PDF-"
# What editors and mail programs leave before it.
_BEFORE = b"\xef\xbb\xbf\0 \t\r\n\f"
# Within so many bytes viewers look for it: PDF Reference 1.7, implementation note 13.
_REACH = 1024
# A text that only speaks of PDF goes on otherwise: a line of its own, then a comment or an object.
_AMID_OTHERS = re.compile(rb"%PDF-\d\.\d[ \t]*[\r\n]\s*(?:%|\d+\s+\d+\s+obj\b)")
_LONGEST = 64
# What is an image, a text of markup or an archive, and stays one whatever it holds.
_OTHERS = re.compile(
    rb"\xff\xd8\xff|\x89PNG|RIFF|GIF8|BM|II[*+]\0|MM\0[*+]|P[1-7]\s|\xff\x4f\xff\x51"
    rb"|.{4}(?:ftyp|jP  )|PK\x03\x04|\s*<",
    re.DOTALL,
)


def is_pdf(start: bytes) -> bool:
    """Tell a PDF by its start, of which 1,088 bytes are enough.

    Other things may stand before the signature, such as the header of a message, if it ends within
    the first 1,024 bytes.

    Example:
        >>> is_pdf(b"%PDF-1.7 and so on"), is_pdf(b"MM")
        (True, False)
    """
    if start[:_LONGEST].lstrip(_BEFORE).startswith(_SIGNATURE):
        return True
    found = _AMID_OTHERS.search(start[: _REACH + _LONGEST])
    within = found is not None and found.start() + len(_SIGNATURE) <= _REACH
    return within and _OTHERS.match(start) is None


def starts_as_pdf(stream: BinaryIO) -> bool:
    """Tell a PDF by what an open file holds at its place, and leave it there."""
    place = stream.tell()
    start = stream.read(_REACH + _LONGEST)
    stream.seek(place)
    return is_pdf(start)
