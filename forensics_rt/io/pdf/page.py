"""A page of a PDF, open: its size, and its pixels once somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.frames import no_such_page
from forensics_rt.io.pdf.annotations import flatten, name_annotations
from forensics_rt.io.pdf.document import damaged, open_document
from forensics_rt.io.pdf.geometry import area_of
from forensics_rt.io.pdf.read_page import OpenedPage, PagePixels, read_page
from forensics_rt.io.pdf.structure import structure_of
from forensics_rt.io.pdf.things import things_of


@dataclass(frozen=True)
class PdfPage:
    """A page, open, and how large its pixels will be at most.

    Attributes:
        pages: How many the file has.
        size: Width and height in pixels, as far as they are known before the page is drawn.
    """

    pages: int
    size: tuple[int, int]
    _opened: OpenedPage
    _name: str

    def read(self, assume: bool = True) -> PagePixels:
        """Draw the page.

        Args:
            assume: Whether a JPEG that is alone on its page may be assumed to be shown whole.

        Raises:
            ImageUnreadable: If the file is damaged there.
        """
        try:
            return read_page(self._opened, assume)
        except MemoryError:
            raise
        except Exception as error:
            raise damaged(self._name, error) from error


@contextmanager
def open_page(
    stream: BinaryIO, number: int, name: str, password: str | None = None
) -> Iterator[PdfPage]:
    """Open a page while the block runs; no other thread can use a PDF meanwhile.

    Args:
        stream: The file; it stays open.
        number: Which page, from 1.
        name: What to call it in errors.
        password: What opens the file; `None` for no password.

    Raises:
        ImageUnreadable: If the file is damaged or the password does not open it, or there is no
            such page.
    """
    with open_document(stream, name, password) as document:
        pages = len(document)
        if not 1 <= number <= pages:
            raise ImageUnreadable(name, no_such_page(number, pages))
        try:
            document.init_forms()
            structure = structure_of(stream, number, name, password)
            page, of_the_page, annotations, hidden = flatten(
                document, number, structure.annotations_off
            )
            shown = page.get_bbox()
            if area_of(shown) <= 0:
                raise ImageUnreadable(
                    name,
                    "the page shows nothing: its CropBox and its MediaBox have no area in common",
                )
            things = name_annotations(things_of(page), of_the_page, annotations)
            things = structure.as_fine_as_masks(things)
            opened = OpenedPage(page, tuple(things), shown, structure, tuple(hidden))
            grid = opened.grid(opened.images, opened.has_more_than_images)
        except ImageUnreadable:
            raise
        except Exception as error:
            raise damaged(name, error) from error
        yield PdfPage(pages, (grid.width, grid.height), opened, name)
