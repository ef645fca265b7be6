"""How often a PDF was saved, from its bytes: each save that only adds leaves its own end."""

from __future__ import annotations

import re
from dataclasses import dataclass

_END = re.compile(rb"%%EOF")
_START = re.compile(rb"startxref[\s]+(\d+)")
_TABLE = re.compile(rb"(?<![a-z])xref[\s]+\d+[\s]+\d+")
_STREAM = re.compile(rb"/Type\s*/XRef\b")
_LINEARIZED = re.compile(rb"/Linearized\b")
_HEAD = 2048


@dataclass(frozen=True)
class Revisions:
    """What the bytes of a PDF say of how it was saved.

    Attributes:
        ends: How many `%%EOF` there are.
        tables: How many cross-reference tables.
        streams: How many cross-reference streams.
        linearized: Whether it was written for the web, which takes one more `%%EOF`.
        bytes_after_end: How many bytes follow the last `%%EOF`, its line end not counted; `None`
            without one.
    """

    ends: int
    tables: int
    streams: int
    linearized: bool
    bytes_after_end: int | None

    @property
    def incremental_saves(self) -> int:
        """How often something was added behind a finished file."""
        return max(0, self.ends - 1 - self.linearized)


def revisions_of(data: bytes) -> Revisions:
    """Count the ends and cross-reference sections of a PDF.

    An attached PDF that is stored without compression is counted with it.

    Example:
        >>> revisions_of(b"%PDF-1.4 ... %%EOF ... %%EOF").incremental_saves
        1
    """
    ends = [found.end() for found in _END.finditer(data)]
    after = len(data[ends[-1] :].lstrip(b"\r\n")) if ends else None
    return Revisions(
        ends=len(ends),
        tables=len(_TABLE.findall(data)),
        streams=len(_STREAM.findall(data)),
        linearized=_LINEARIZED.search(data[:_HEAD]) is not None,
        bytes_after_end=after,
    )
