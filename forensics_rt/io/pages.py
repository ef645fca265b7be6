"""Files that hold several pages, as scanners, fax machines and mail bring them."""

from __future__ import annotations

import operator
from dataclasses import dataclass

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.file_source import (
    FileInput,
    FileSource,
    file_source,
    name_of_source,
)
from forensics_rt.io.pdf.attachment import opened_source
from forensics_rt.io.pdf.signature import starts_as_pdf
from forensics_rt.io.read_options import check_password
from forensics_rt.io.tiff.pages import TIFF_SIGNATURES, tiff_pages


@dataclass(frozen=True, slots=True, init=False)
class Page:
    """One page of a file. Give it to everything that takes an image.

    Args:
        source: The file: a path, bytes, an open file or an attachment. An open file is read to its
            end. If you want several pages of it, use `pages_of`, which reads it once for all. The
            source is kept as a path, a `MemoryFile` or an `Attachment`.
        number: Which page of the file, from 1.

    Raises:
        ImageUnreadable: If the number is no whole number from 1 on, or the source is none of these.

    Example:
        >>> print(Page("in/contract.tif", 2), Page(b"%PDF-1.7", 2))
        in/contract.tif-page2 <bytes>-page2
    """

    source: FileSource
    number: int

    def __init__(self, source: FileInput, number: int) -> None:
        """Take a path as text, and a number of numpy's, for what they mean."""
        file = file_source(source)
        try:
            whole = operator.index(number)
        except TypeError:
            whole = 0
        if whole < 1:
            raise ImageUnreadable(
                name_of_source(file),
                f"the number of a page must be a whole number from 1 on, got {number!r}",
            )
        object.__setattr__(self, "source", file)
        object.__setattr__(self, "number", whole)

    def __str__(self) -> str:
        return f"{name_of_source(self.source)}-page{self.number}"


def pages_of(source: FileInput, password: str | None = None) -> tuple[Page, ...]:
    """List the pages of a file.

    Only a TIFF and a PDF have several pages. These are no pages: frames of an animation, what a
    camera puts behind its photograph, and smaller versions and masks of a page in a TIFF. A page of
    a TIFF with a damaged directory counts as a page. If the pages behind it can no longer be found,
    it is the last one. The error comes when the page is decoded.

    Args:
        source: An image file or a PDF: a path, bytes, an attachment, or an open file, which is read
            to its end. A file that is missing, damaged or locked counts as one page; the error
            comes when it is decoded.
        password: Opens a locked PDF; `None` for no password. The detector needs it, too.

    Raises:
        ImageUnreadable: If an open file cannot be read, or the source is none of these.
        RecipeError: If the password is no text.

    Example:
        >>> from forensics_rt import Detector
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     for detection in detector.stream(pages_of("contract.tif")):
        ...         print(detection.name, detection.verdict)
    """
    check_password(password)
    file = file_source(source)
    return tuple(Page(file, number) for number in range(1, _count(file, password) + 1))


def _count(source: FileSource, password: str | None) -> int:
    name = name_of_source(source)
    try:
        with opened_source(source, password) as stream:
            if starts_as_pdf(stream):
                from forensics_rt.io.pdf.document import open_document

                with open_document(stream, name, password) as document:
                    return len(document) or 1
            if stream.read(4) in TIFF_SIGNATURES:
                return len(tiff_pages(stream, name).pages)
    except Exception:  # what Pillow raises on damaged files is no contract
        return 1
    return 1
