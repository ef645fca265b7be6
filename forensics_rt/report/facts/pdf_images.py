"""The JPEGs that lie in a PDF, as they are stored."""

from __future__ import annotations

import io

from forensics_rt.errors import ForensicsError
from forensics_rt.report.facts.jpeg_segments import is_jpeg
from forensics_rt.report.facts.pdf_contents import images_of

# Of the first pages: a report of a book must not become one.
MOST_IMAGES = 4
_MOST_PAGES = 50
_LARGEST = 64_000_000


def jpegs_of(data: bytes, password: str | None = None) -> list[tuple[str, bytes]]:
    """Return the first JPEGs of a PDF that lie directly on its pages.

    Args:
        data: The PDF.
        password: What opens it; `None` for no password.

    Returns:
        Of each the place, such as `on page 1 (1240×1754)`, and its bytes; none of a PDF that is
        damaged.
    """
    from forensics_rt.io.pdf.qpdf import opened_by_qpdf  # most images are no PDF

    found: list[tuple[str, bytes]] = []
    seen: set[tuple[int, int]] = set()
    try:
        with opened_by_qpdf(io.BytesIO(data), "the PDF", password) as pdf:
            for number, page in enumerate(list(pdf.pages)[:_MOST_PAGES], 1):
                for image in images_of(page.obj):
                    if len(found) == MOST_IMAGES:
                        return found
                    if image.get("/Filter") != "/DCTDecode" or image.objgen in seen:
                        continue
                    seen.add(image.objgen)
                    stream = image.read_raw_bytes()
                    if is_jpeg(stream) and len(stream) <= _LARGEST:
                        size = f"{image.get('/Width', 0)}×{image.get('/Height', 0)}"
                        found.append((f"on page {number} ({size})", bytes(stream)))
    except ForensicsError:
        return found  # its damage stands among the facts of the PDF
    return found
