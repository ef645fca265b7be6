"""A page of a PDF as pixels: what a viewer shows, in the samples that the file stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.io.pdf.colors import mode_of
from forensics_rt.io.pdf.compose import Composed, compose, draw_alone
from forensics_rt.io.pdf.geometry import area_of, common
from forensics_rt.io.pdf.grid import Grid
from forensics_rt.io.pdf.grid_choice import choose_grid
from forensics_rt.io.pdf.look import Seen, look_at
from forensics_rt.io.pdf.orientation import orientation_of
from forensics_rt.io.pdf.page_report import PagePart, PageReport, PointBox
from forensics_rt.io.pdf.parts import hidden_images, hidden_parts, hidden_text, text_off_page
from forensics_rt.io.pdf.streams import StoredStream, stream_of
from forensics_rt.io.pdf.structure import PageStructure
from forensics_rt.io.pdf.things import MOST_THINGS, StoredImage, Thing

_UNITS_PER_INCH = 72.0


@dataclass(frozen=True)
class PagePixels:
    """A page as it was drawn.

    Attributes:
        pixels: H×W×3 uint8 RGB.
        report: Where they come from, and what else is there.
        orientation: 1–8 as EXIF has it: how the pixels stand on the page.
        images: How the images that can be seen are stored.
        streams: The bytes of each of these.
        covered: Share of what the page shows over which images reach, in [0, 1].
        has_no_image: Whether it is certain that nothing on the page was ever stored as pixels.
        is_rebuilt: Whether the index of the file is damaged and was rebuilt.
        complaint: What is wrong with the instructions that paint the page; `None` for nothing.
        is_assumed: Whether the page holds one JPEG alone, and only that is known to say so: how it
            is shown is still to be held against it.
    """

    pixels: npt.NDArray[np.uint8]
    report: PageReport
    orientation: int
    images: tuple[StoredImage, ...]
    streams: tuple[StoredStream, ...]
    covered: float
    has_no_image: bool = False
    is_rebuilt: bool = False
    complaint: str | None = None
    is_assumed: bool = False


@dataclass(frozen=True)
class OpenedPage:
    """A page and what is known of it before it is drawn.

    Attributes:
        page: A `pypdfium2.PdfPage`.
        things: What is painted on it.
        shown: What a viewer shows of it.
        structure: What PDFium does not tell.
        hidden: Why some annotations are not shown, and where they lie.
    """

    page: Any
    things: tuple[Thing, ...]
    shown: PointBox
    structure: PageStructure
    hidden: tuple[tuple[str, PointBox], ...] = ()

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

    def grid(self, visible: Sequence[Thing], whole_page: bool) -> Grid:
        """Choose the pixels of the page.

        Args:
            visible: The images that can be seen.
            whole_page: Whether anything else can.
        """
        return choose_grid(
            [thing.image for thing in visible if thing.image is not None],
            self.shown,
            self.page.get_rotation(),
            whole_page,
            self.structure.units_per_inch,
        )


def read_page(opened: OpenedPage, assume: bool = True) -> PagePixels:
    """Draw a page.

    Args:
        opened: The page.
        assume: Whether a JPEG that is alone on its page may be assumed to be shown whole.

    Raises:
        Exception: Whatever PDFium's wrapper raises on a damaged file.
    """
    if len(opened.images) == 1 and not opened.has_more_than_images:
        return _read_image(opened, opened.images[0], assume)
    if not opened.images and not any(thing.kind == "text" for thing in opened.things):
        grid = opened.grid([], True)
        return _page_pixels(opened, [], grid, compose(opened.page, opened.things, [], [], grid), ())
    page, things, shown = opened.page, opened.things, opened.shown
    look = look_at(page, things, shown)
    visible = [thing for thing in opened.images if look.is_visible(thing)]
    grid = opened.grid(visible, look.more_than_images)
    hidden = hidden_images(things, look.images, shown, grid)
    hidden += hidden_text(page, things, shown, look.grid, look.whole, grid)
    masked = [thing for thing in visible if look.is_masked(thing)]
    composed = compose(page, things, visible, masked, grid)
    return _page_pixels(opened, visible, grid, composed, hidden)


def _read_image(opened: OpenedPage, image: Thing, assume: bool) -> PagePixels:
    """Draw a page on which there is nothing but one image."""
    grid = opened.grid([image], False)
    plain = _is_plain_jpeg(image) and not opened.structure.masks
    if assume and grid.image is not None and plain:
        pixels = draw_alone(opened.page, image, grid)
        composed = Composed(pixels, "stored", (), (), 1.0)
    else:
        assume = False
        composed = compose(opened.page, opened.things, [image], [], grid)
    there = grid.image is None or composed.painted > 0
    seen = Seen(there, composed.painted if grid.image is not None else 1.0)
    hidden = hidden_images(opened.things, {image.place: seen}, opened.shown, grid)
    hidden += hidden_parts(text_off_page(opened.things, opened.shown), grid)
    found = _page_pixels(opened, [image] if there else [], grid, composed, hidden)
    return replace(found, is_assumed=assume)


def _is_plain_jpeg(thing: Thing) -> bool:
    """Tell a JPEG whose colors are its own, as far as its page says."""
    image = thing.image
    return (
        image is not None and image.filters == ("DCTDecode",) and mode_of([image]) in ("L", "RGB")
    )


def _page_pixels(
    opened: OpenedPage,
    visible: Sequence[Thing],
    grid: Grid,
    composed: Composed,
    hidden: tuple[PagePart, ...],
) -> PagePixels:
    scale = opened.structure.units_per_inch / _UNITS_PER_INCH
    across, down = grid.density
    orientation = 1
    if grid.image is not None and visible:
        base = visible[grid.image].image
        if base is not None:
            orientation = orientation_of(base.matrix, opened.page.get_rotation())
    covers = [common(thing.box, opened.shown) for thing in visible]
    streams = [
        stream_of(
            thing,
            thing.image,
            grid.pixels_of(thing.box),
            opened.structure.fax_of(thing),
            opened.structure.row_bytes_of(thing),
        )
        for thing in visible
        if thing.image is not None
    ]
    return PagePixels(
        pixels=composed.pixels,
        report=PageReport(
            source=composed.source,
            density=(across * scale, down * scale),
            to_page=grid.to_page,
            overlays=composed.overlays,
            hidden=hidden + hidden_parts(opened.hidden, grid),
            differences=composed.differences,
        ),
        orientation=orientation,
        images=tuple(thing.image for thing in visible if thing.image is not None),
        streams=tuple(streams),
        has_no_image=opened.has_no_image,
        is_rebuilt=opened.structure.is_rebuilt,
        complaint=opened.structure.complaint,
        covered=min(sum(map(area_of, covers)) / max(area_of(opened.shown), 1e-9), 1.0),
    )
