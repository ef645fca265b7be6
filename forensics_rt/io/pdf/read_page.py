"""A page of a PDF as pixels: what a viewer shows, in the samples that the file stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from forensics_rt.io.limits import check_size
from forensics_rt.io.pdf.colors import mode_of
from forensics_rt.io.pdf.compose import Composed, compose
from forensics_rt.io.pdf.drawing import draw_rgb, snap
from forensics_rt.io.pdf.geometry import orientation_of
from forensics_rt.io.pdf.grid import Grid
from forensics_rt.io.pdf.look import Seen, look_at
from forensics_rt.io.pdf.page import OpenedPage
from forensics_rt.io.pdf.page_report import PagePart, PageReport
from forensics_rt.io.pdf.parts import hidden_images, hidden_text, merged, text_off_page
from forensics_rt.io.pdf.streams import StoredStream, stream_of
from forensics_rt.io.pdf.structure import PageStructure
from forensics_rt.io.pdf.things import Thing

_UNITS_PER_INCH = 72.0


@dataclass(frozen=True)
class PagePixels:
    """A page as it was drawn.

    Attributes:
        pixels: H×W×3 uint8 RGB.
        report: Where they come from, and what else is there.
        orientation: 1–8 as EXIF has it: how the pixels stand on the page.
        streams: The images that can be seen, as they are stored.
        structure: What the page says of itself.
        has_no_image: Whether it is certain that nothing on the page was ever stored as pixels.
        is_assumed: Whether the page holds one JPEG alone, and only that is known to say so: how it
            is shown is still to be held against it.
    """

    pixels: npt.NDArray[np.uint8]
    report: PageReport
    orientation: int
    streams: tuple[StoredStream, ...]
    structure: PageStructure
    has_no_image: bool
    is_assumed: bool = False


def read_page(opened: OpenedPage, name: str, max_pixels: int, assume: bool = True) -> PagePixels:
    """Draw a page.

    Args:
        opened: The page.
        name: What to call it in errors.
        max_pixels: How many it may have.
        assume: Whether a JPEG that is alone on its page may be assumed to be shown whole.

    Raises:
        ImageTooLarge: If it would have more.
        Exception: Whatever PDFium's wrapper raises on a damaged file.
    """
    check_size(name, opened.size, max_pixels)
    if len(opened.images) == 1 and not opened.has_more_than_images:
        return _read_image(opened, opened.images[0], assume)
    if not opened.images and not any(thing.kind == "text" for thing in opened.things):
        grid = opened.grid([], True)
        return _page_pixels(opened, [], grid, compose(opened, [], [], grid), ())
    look = look_at(opened)
    visible = [thing for thing in opened.images if look.images[thing.place].visible]
    painted = {place: seen.painted for place, seen in look.images.items()}
    grid = opened.grid(visible, look.more_than_images, painted)
    # There may be more than its size said, which counts a scan that cannot be seen.
    check_size(name, (grid.width, grid.height), max_pixels)
    hidden = hidden_images(opened, look.images, grid)
    hidden += hidden_text(opened, look, grid)
    masked = [thing for thing in visible if look.images[thing.place].masked]
    composed = compose(opened, visible, masked, grid)
    return _page_pixels(opened, visible, grid, composed, hidden)


def _read_image(opened: OpenedPage, image: Thing, assume: bool) -> PagePixels:
    """Draw a page on which there is nothing but one image."""
    grid = opened.grid([image], False)
    stored, facts = image.image, opened.structure.images.values()
    # A JPEG whose colors are its own, as far as its page says.
    is_plain = (
        stored is not None
        and stored.filters == ("DCTDecode",)
        and mode_of([stored]) in ("L", "RGB")
        and all(one.mask is None for one in facts)
    )
    if assume and grid.image is not None and is_plain:
        snap([image], grid)
        composed = Composed(draw_rgb(opened.page, grid), "stored", (), (), 1.0)
    else:
        assume = False
        composed = compose(opened, [image], [], grid)
    there = grid.image is None or composed.painted > 0
    seen = Seen(there, composed.painted if grid.image is not None else 1.0)
    hidden = hidden_images(opened, {image.place: seen}, grid)
    hidden += merged(text_off_page(opened), grid)
    found = _page_pixels(opened, [image] if there else [], grid, composed, hidden)
    return replace(found, is_assumed=assume)


def _page_pixels(
    opened: OpenedPage,
    visible: Sequence[Thing],
    grid: Grid,
    composed: Composed,
    hidden: tuple[PagePart, ...],
) -> PagePixels:
    scale = opened.structure.units_per_inch / _UNITS_PER_INCH
    across, down = grid.density
    facts_of = opened.structure.facts_of
    streams = tuple(
        stream_of(thing, thing.image, grid.pixels_of(thing.box), facts_of(thing))
        for thing in visible
        if thing.image is not None
    )
    orientation = 1
    if grid.image is not None and streams:
        scan = streams[grid.image].image
        orientation = orientation_of(scan.matrix, opened.page.get_rotation())
    return PagePixels(
        pixels=composed.pixels,
        report=PageReport(
            source=composed.source,
            density=(across * scale, down * scale),
            to_page=grid.to_page,
            overlays=composed.overlays,
            hidden=hidden + merged(opened.hidden, grid),
            differences=composed.differences,
        ),
        orientation=orientation,
        streams=streams,
        structure=opened.structure,
        has_no_image=opened.has_no_image,
    )
