"""A copy of a PDF with regions marked as annotations, which every viewer shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.file_source import digest_of, name_of_source
from forensics_rt.io.pdf.attachment import opened_source
from forensics_rt.io.pdf.page_report import PointBox
from forensics_rt.io.pdf.pdf_file import PdfFile
from forensics_rt.io.writers import write_atomically_with

if TYPE_CHECKING:
    from pikepdf import Object, Pdf

# Red, as the outlines of the overlay.
_COLOR = (0.86, 0.0, 0.0)
_AUTHOR = "forensics_rt"
# Of the longer side of the page: 1.7 points on A4.
_LINE = 1 / 500
_PRINT = 4


@dataclass(frozen=True)
class PageMark:
    """A region to be marked.

    Attributes:
        page: Which page, from 1.
        box: (left, bottom, right, top) in units of the page, y upwards.
        text: What the note of the mark says.
    """

    page: int
    box: PointBox
    text: str


@dataclass(frozen=True)
class ExaminedPdf:
    """What of a PDF must be as it was when its pages were examined.

    Attributes:
        sha256: Of the file.
        pages: How many pages PDFium found in it.
    """

    sha256: str
    pages: int


def write_annotated_pdf(
    pdf_file: PdfFile, examined: ExaminedPdf, marks: Iterable[PageMark], path: Path
) -> None:
    """Write a copy of a PDF with a square and a note around each region.

    Pages, images and other content are copied as they are; a locked PDF stays locked. A signature
    in it no longer holds in the copy.

    Args:
        pdf_file: The PDF, and its password.
        examined: What it was when it was examined.
        marks: The regions; none gives a plain copy.
        path: Where to write; the file is whole or not there.

    Raises:
        ImageNotFound: If the PDF is missing or cannot be opened.
        ImageUnreadable: If it is damaged, its password is wrong, it is not the file examined, or
            qpdf, which copies it, finds other pages in it.
        OutputError: If the copy cannot be written.
    """
    from forensics_rt.io.pdf.qpdf import opened_by_qpdf

    name = name_of_source(pdf_file.source)
    with opened_source(pdf_file.source, pdf_file.password) as stream:
        if digest_of(pdf_file.source, pdf_file.password).result() != examined.sha256:
            raise ImageUnreadable(
                name, "the PDF has changed since it was examined; examine it again"
            )
        with opened_by_qpdf(stream, name, pdf_file.password) as pdf:
            if len(pdf.pages) != examined.pages:  # marks would come to lie on other pages
                raise ImageUnreadable(
                    name,
                    f"the PDF is damaged: {examined.pages} pages were examined, but a copy would "
                    f"have {len(pdf.pages)}; have a PDF program repair it, and examine it again",
                )
            for mark in marks:
                _annotate(pdf, mark)
            locks = pdf.is_encrypted or None
            unchanged: dict[str, Any] = {"fix_metadata_version": False, "compress_streams": False}
            write_atomically_with(path, lambda copy: pdf.save(copy, encryption=locks, **unchanged))


def _annotate(pdf: Pdf, mark: PageMark) -> None:
    from pikepdf import Array, Dictionary, Name, String

    page = pdf.pages[mark.page - 1].obj
    left, bottom, right, top = map(float, pdf.pages[mark.page - 1].mediabox)
    line = max(abs(right - left), abs(top - bottom)) * _LINE
    left, bottom, right, top = mark.box
    # Around the region: its pixels stay visible.
    outer = [left - line, bottom - line, right + line, top + line]
    annotation = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Square,
            Rect=Array(outer),
            P=page,
            F=_PRINT,
            C=Array(_COLOR),
            Border=Array([0, 0, line]),
            BS=Dictionary(Type=Name.Border, W=line, S=Name.S),
            T=String(_AUTHOR),
            Contents=String(mark.text),
            AP=Dictionary(N=_appearance(pdf, outer, line)),
        )
    )
    there = page.get("/Annots")
    # An array of its own: pages may share one.
    page.Annots = Array([*(there if isinstance(there, Array) else ()), annotation])


def _appearance(pdf: Pdf, outer: list[float], line: float) -> Object:
    from pikepdf import Array, Dictionary, Name

    left, bottom, right, top = outer
    red, green, blue = _COLOR
    inside = (left + line / 2, bottom + line / 2, right - left - line, top - bottom - line)
    drawn = f"q {red} {green} {blue} RG {line:.4f} w {' '.join(f'{n:.4f}' for n in inside)} re S Q"
    return pdf.make_stream(
        drawn.encode(),
        Type=Name.XObject,
        Subtype=Name.Form,
        FormType=1,
        BBox=Array(outer),
        Resources=Dictionary(),
    )
