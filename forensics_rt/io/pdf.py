"""PDF files: how many pages they have, and each of them as pixels."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.pdf_layout import PdfLayout, layout_of
from forensics_rt.io.pdf_password import locked

# What results call the format.
PDF = "PDF"
_SIGNATURE = b"%PDF-"
# What editors and mail programs leave before it.
_BEFORE = b"\xef\xbb\xbf\0 \t\r\n\f"
_HEAD_BYTES = 64
_PASSWORD_NEEDED = 4
# PDFium is not made for threads: one of the process at a time.
_PDFIUM = threading.Lock()


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


@dataclass(frozen=True)
class PdfPage:
    """A page, open, and what its pixels will be.

    Attributes:
        pages: How many the file has.
        layout: Its size in pixels, and where they come from.
    """

    pages: int
    layout: PdfLayout
    _page: Any
    _name: str

    @property
    def phrase(self) -> str:
        """Say where the pixels come from, as `conversions` does."""
        if self.layout.scan is not None:
            return "the image that the PDF stores"
        over = ", with what lies over its scan" if self.layout.overlaid else ""
        return f"drawn at {self.layout.density:.0f} dots per inch{over}"

    def image(self) -> Image.Image:
        """Return the pixels, of mode `L` or `RGB`: as stored, or as drawn.

        A stored JPEG is yet to be decoded, which needs neither the page nor its turn.

        Raises:
            ImageUnreadable: If the file is damaged there.
        """
        try:
            if self.layout.scan is not None:
                return _stored(self.layout.scan)
            return _kept(self._page.render(scale=self.layout.scale))
        except MemoryError:
            raise
        except Exception as error:
            raise _damaged(self._name, error) from error


def pdf_pages(stream: BinaryIO, name: str, password: str | None = None) -> int:
    """Return how many pages a PDF has.

    Args:
        stream: The file; it stays open.
        name: What to call it in errors.
        password: What opens it; `None` for no password.

    Raises:
        ImageUnreadable: If it is damaged, or the password is missing or wrong.
    """
    with _opened(stream, name, password) as document:
        return len(document)


@contextmanager
def open_pdf_page(
    stream: BinaryIO, number: int, name: str, password: str | None = None
) -> Iterator[PdfPage]:
    """Open a page while the block runs; no other thread can use a PDF meanwhile.

    Args:
        stream: The file; it stays open.
        number: Which page, from 1.
        name: What to call it in errors.
        password: What opens the file; `None` for no password.

    Raises:
        ImageUnreadable: If the file is damaged, the password is missing or wrong, or there is no
            such page.
    """
    with _opened(stream, name, password) as document:
        pages = len(document)
        if not 1 <= number <= pages:
            raise ImageUnreadable(
                name, f"must be one of the {pages} pages of the file, got {number}"
            )
        try:
            document.init_forms()
            page = document[number - 1]
            found = PdfPage(pages, layout_of(page), page, name)
        except Exception as error:
            raise _damaged(name, error) from error
        yield found


def _stored(scan: Any) -> Image.Image:
    if scan.get_filters(skip_simple=True) == ["DCTDecode"]:
        data = io.BytesIO(bytes(scan.get_data(decode_simple=True)))
        jpeg: Image.Image = Image.open(data, formats=("JPEG",))
        if jpeg.size != scan.get_px_size():
            raise ValueError(f"a JPEG must be {scan.get_px_size()} large, but is {jpeg.size}")
        # PDFium would apply a profile to the colours, and fill with grey what is missing.
        if jpeg.mode in ("L", "RGB"):
            return jpeg
    return _kept(scan.get_bitmap(render=False))


def _kept(bitmap: Any) -> Image.Image:
    # A copy: the bitmap's memory goes with the page.
    image: Image.Image = bitmap.to_pil()
    return image.copy() if image.mode in ("L", "RGB") else image.convert("RGB")


@contextmanager
def _opened(stream: BinaryIO, name: str, password: str | None) -> Iterator[Any]:
    import pypdfium2  # here, because most images are none

    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(stream, password=password)
        except Exception as error:
            if getattr(error, "err_code", None) == _PASSWORD_NEEDED:
                raise locked(name, password) from error
            raise _damaged(name, error) from error
        try:
            yield document
        finally:
            document.close()


def _damaged(name: str, error: Exception) -> ImageUnreadable:
    return ImageUnreadable(name, f"the PDF is truncated or damaged: {error}")
