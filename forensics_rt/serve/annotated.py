"""Copies of PDFs with the regions of their pages as annotations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forensics_rt.io.file_source import PdfFile
from forensics_rt.results.detection import Detection
from forensics_rt.results.page_marks import examined_pdf, marks_of
from forensics_rt.serve.files import Files
from forensics_rt.serve.problems import Problem


def annotated_page(files: Files, detection: Detection) -> bytes:
    """Return a copy of the PDF that an image is a page of, with the regions of that page.

    Raises:
        Problem: 422 if it is no page of a PDF.
        ImageUnreadable: If the PDF cannot be copied.
    """
    if detection.pdf_file is None or detection.page_report is None:
        raise no_pdf(f"a file of {detection.provenance.image_format}")
    return annotated_pages(files, detection.pdf_file, [detection.to_dict()])


def annotated_pages(files: Files, pdf_file: PdfFile, documents: Sequence[dict[str, Any]]) -> bytes:
    """Return a copy with the regions of several pages.

    Args:
        files: Copies it.
        pdf_file: Where the PDF is, and what opens it.
        documents: The results of pages of it, one or more.
    """
    marks = [mark for document in documents for mark in marks_of(document)]
    return files.annotate(pdf_file, examined_pdf(documents[0]), marks)


def no_pdf(found: str) -> Problem:
    """Return the answer where an annotated PDF is asked for, and the file is none."""
    return Problem(
        422,
        "NoPdf",
        f"there is an annotated copy of a PDF alone, but this is {found}; accept "
        "application/json or image/png",
    )
