"""A PDF that an examined page belongs to, so that it can be read again."""

from __future__ import annotations

from dataclasses import dataclass, field

from forensics_rt.io.file_source import FileSource


@dataclass(frozen=True)
class PdfFile:
    """Where the PDF of an examined page is, and what opens it.

    Attributes:
        source: Its path; of a file given as bytes or open, those bytes; or an attachment.
        password: What opened it; `None` for no password. It is not shown.
    """

    source: FileSource
    password: str | None = field(default=None, repr=False)
