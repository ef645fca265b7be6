"""Files that hold several pages, as scanners, fax machines and mail bring them."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from pathlib import Path

from forensics_rt.io.names import printable
from forensics_rt.io.pdf import pdf_pages, starts_as_pdf
from forensics_rt.io.tiff_pages import TIFF_SIGNATURES, tiff_pages


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a file; whatever takes an image takes it.

    Attributes:
        path: The file.
        number: Which of its pages, from 1.

    Example:
        >>> print(Page("in/contract.tif", 2))
        in/contract.tif-page2
    """

    path: Path
    number: int

    def __post_init__(self) -> None:
        """Take a path as text, and a number of numpy's, for what they mean."""
        object.__setattr__(self, "path", Path(self.path))
        object.__setattr__(self, "number", operator.index(self.number))

    def __str__(self) -> str:
        """Return what results call it."""
        return f"{printable(self.path)}-page{self.number}"


def pages_of(path: str | Path) -> tuple[Page, ...]:
    """List the pages of a file.

    Only a TIFF and a PDF hold several: the frames of an animation and what a camera puts behind its
    photograph are no pages, nor are the smaller versions of a page in a TIFF and its masks. A page
    of a TIFF whose directory is damaged is one of them; where the pages behind it can no longer be
    found, it is the last. The reason comes when it is decoded.

    Args:
        path: An image file or a PDF. One that is missing or damaged counts as one page.

    Example:
        >>> from forensics_rt import Detector
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     for detection in detector.stream(pages_of("contract.tif")):
        ...         print(detection.name, detection.verdict)
    """
    path = Path(path)
    count = 1
    try:
        with path.open("rb") as stream:
            if starts_as_pdf(stream):
                count = pdf_pages(stream, printable(path)) or 1
            elif stream.read(4) in TIFF_SIGNATURES:
                count = len(tiff_pages(stream, printable(path)).pages)
    except Exception:  # what Pillow raises on damaged files is no contract
        count = 1
    return tuple(Page(path, number) for number in range(1, count + 1))
