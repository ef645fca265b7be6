"""A page of a PDF, open: what is on it, and how large its pixels will be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.frames import no_such_page
from forensics_rt.io.pdf.annotations import flatten, name_annotations
from forensics_rt.io.pdf.document import open_document
from forensics_rt.io.pdf.geometry import area_of, common
from forensics_rt.io.pdf.grid import Grid
from forensics_rt.io.pdf.grid_choice import choose_grid
from forensics_rt.io.pdf.page_report import PointBox
from forensics_rt.io.pdf.stamps import stamps_of
from forensics_rt.io.pdf.structure import PageStructure, structure_of
from forensics_rt.io.pdf.things import MOST_THINGS, Thing, things_of


@dataclass(frozen=True)
class OpenedPage:
    """A page and what is known of it before it is drawn.

    Attributes:
        page: A `pypdfium2.PdfPage`.
        pages: How many the file has.
        things: What is painted on it.
        shown: What a viewer shows of it.
        structure: What PDFium does not tell.
        hidden: Why some annotations are not shown, and where they lie.
    """

    page: Any
    pages: int
    things: Sequence[Thing]
    shown: PointBox
    structure: PageStructure
    hidden: Sequence[tuple[str, PointBox]]

    @property
    def images(self) -> list[Thing]:
        """The images on it."""
        return [thing for thing in self.things if thing.image is not None]

    @property
    def has_more_than_images(self) -> bool:
        """Whether anything else is painted where a viewer shows it, or may be."""
        return len(self.things) >= MOST_THINGS or any(
            thing.image is None and thing.paints and common(thing.box, self.shown) is not None
            for thing in self.things
        )

    @property
    def has_no_image(self) -> bool:
        """Whether it is certain that nothing on the page was ever stored as pixels."""
        all_listed = len(self.things) < MOST_THINGS
        return all_listed and not self.images and not self.structure.may_hold_images

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as far as they are known before the page is drawn."""
        grid = self.grid(self.images, self.has_more_than_images)
        return grid.width, grid.height

    def grid(
        self, visible: Sequence[Thing], whole_page: bool, painted: Mapping[int, float] | None = None
    ) -> Grid:
        """Choose the pixels of the page.

        Args:
            visible: The images that can be seen.
            whole_page: Whether anything else can.
            painted: Which share of its place each of them paints, by its place among the things;
                `None` for all of it.
        """
        units = self.structure.units_per_inch
        return choose_grid(
            [thing.image for thing in visible if thing.image is not None],
            self.shown,
            self.page.get_rotation(),
            whole_page,
            units,
            stamps_of(visible, self.shown, painted or {}, units),
        )


@contextmanager
def open_page(
    stream: BinaryIO, number: int, name: str, password: str | None = None
) -> Iterator[OpenedPage]:
    """Open a page while the block runs; no other thread can use a PDF meanwhile.

    Args:
        stream: The file; it stays open.
        number: Which page, from 1.
        name: What to call it in errors.
        password: What opens the file; `None` for no password.

    Raises:
        ImageUnreadable: If the file is damaged, also where the block finds that out, or the
            password does not open it, or there is no such page.
    """
    with open_document(stream, name, password) as document:
        pages = len(document)
        if not 1 <= number <= pages:
            raise ImageUnreadable(name, no_such_page(number, pages))
        document.init_forms()
        structure = structure_of(stream, number, name, password)
        page, of_the_page, annotations, hidden = flatten(
            document, number, structure.annotations_off
        )
        shown = page.get_bbox()
        if area_of(shown) <= 0:
            raise ImageUnreadable(
                name, "the page shows nothing: its CropBox and its MediaBox have no area in common"
            )
        things = name_annotations(things_of(page), of_the_page, annotations)
        fine = [structure.as_fine_as_mask(thing) for thing in things]
        yield OpenedPage(page, pages, fine, shown, structure, hidden)
