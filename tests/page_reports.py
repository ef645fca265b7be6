"""Page reports by hand, of PDFs whose pages show one image, a point a pixel: where none is made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forensics_rt.io.decode import decode
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.pdf.page_report import PagePart, PageReport


def point_a_pixel(height: int) -> PageReport:
    """The report of such a page, with a stamp on it."""
    stamp = PagePart("annotation", (1, 2, 3, 4), (1.0, height - 6.0, 4.0, height - 2.0))
    to_page = (1.0, 0.0, 0.0, -1.0, 0.0, float(height))
    return PageReport("stored", (72.0, 72.0), to_page, overlays=(stamp,))


@pytest.fixture
def page_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each page of a PDF reported so that is not reported yet."""

    def reporting(*arguments: object) -> DecodedImage:
        decoded = decode(*arguments)  # type: ignore[arg-type]
        if decoded.pdf_file is None or decoded.page_report is not None:
            return decoded
        return replace(decoded, page_report=point_a_pixel(decoded.pixels.shape[0]))

    monkeypatch.setattr("forensics_rt.image_task.decode", reporting)
