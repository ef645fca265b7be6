"""The samples of a page's images, with what lies over and beside them drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.pdf.boxes import differing, window
from forensics_rt.io.pdf.drawing import Drawing, draw, only, over_white, snap
from forensics_rt.io.pdf.grid import Grid
from forensics_rt.io.pdf.page import OpenedPage
from forensics_rt.io.pdf.page_report import PagePart, PageSource
from forensics_rt.io.pdf.parts import differences_of, overlays_of
from forensics_rt.io.pdf.stacking import lying_over, painted_after, side_by_side
from forensics_rt.io.pdf.things import MOST_THINGS, Thing


@dataclass(frozen=True)
class Composed:
    """A page as it is shown, in the pixels of a grid.

    Attributes:
        pixels: H×W×3 uint8 RGB.
        source: Whether these are the samples of one image, and nothing else.
        overlays: What was painted over them later and can be seen.
        differences: Where the page does not show them as they are stored.
        painted: Share of its place that the images paint whose samples these are, in [0, 1].
    """

    pixels: npt.NDArray[np.uint8]
    source: PageSource
    overlays: tuple[PagePart, ...]
    differences: tuple[PagePart, ...]
    painted: float


def compose(
    opened: OpenedPage, visible: Sequence[Thing], masked: Sequence[Thing], grid: Grid
) -> Composed:
    """Draw a page so that each image keeps its samples whose samples are as large as the pixels.

    PDFium draws an image that lies exactly on the pixels as it is stored, to the bit.

    Args:
        opened: The page.
        visible: Those things on it that are images and can be seen.
        masked: Those of these that paint only a part of their place.
        grid: The pixels.
    """
    page, things = opened.page, opened.things
    laid = snap(visible, grid)
    scans = side_by_side(_without(laid, masked), grid)
    # Of layers that are all masked, as scanners write them, none lies over another's scan.
    laid = scans or laid
    rest = _without([thing for thing in things if thing.paints], laid)
    if not laid:
        return Composed(_to_rgb(draw(page, grid)), "drawn", (), (), 0.0)
    with only(things, laid):
        alone = draw(page, grid, on_white=False)
    place = _places(laid, grid)
    gaps = place & (alone[:, :, 3] < 255)
    painted = float(alone[:, :, 3][place].mean()) / 255 if place.any() else 0.0
    whole_cover = bool(place.all()) and not gaps.any()
    differences = differences_of("masked or clipped", gaps, grid) if scans else ()
    alone = alone if whole_cover else over_white(alone)
    as_laid: PageSource = "stored" if whole_cover and len(laid) == 1 else "composed"
    if not rest and len(things) < MOST_THINGS:
        source = as_laid if painted else "drawn"
        return Composed(_to_rgb(alone), source, (), differences, painted)
    whole = draw(page, grid)
    unlisted = _unlisted(page, things, grid)
    changed = differing(whole, alone) | unlisted
    if not changed.any():
        return Composed(_to_rgb(whole), as_laid, (), differences, painted)
    # What is finer than a scan and large sets the pixels, and lies over that scan all the same.
    finer = lying_over(_without(visible, [*masked, *laid]), scans)
    over = [*painted_after(laid, rest), *finer]
    marked = (
        changed
        if len(over) == len(rest) and not finer
        else _marked(page, things, over, whole, grid)
    )
    overlays = overlays_of(over, marked, grid)
    overlays += differences_of("unlisted", unlisted & place, grid)
    differences += differences_of("painted over", changed & place & ~gaps, grid)
    return Composed(_to_rgb(whole), "composed", overlays, differences, painted)


def _unlisted(page: Any, things: Sequence[Thing], grid: Grid) -> npt.NDArray[np.bool_]:
    """Return where things are painted that come after the last that is listed."""
    if len(things) < MOST_THINGS:
        return np.zeros((grid.height, grid.width), bool)
    with only(things, []):
        return np.asarray(draw(page, grid, on_white=False)[:, :, 3] > 0)


def _marked(
    page: Any, things: Sequence[Thing], over: Sequence[Thing], whole: Drawing, grid: Grid
) -> npt.NDArray[np.bool_]:
    """Return where the page looks different without what was painted last."""
    with only(things, _without(things, over)):
        return differing(whole, draw(page, grid))


def _places(laid: Sequence[Thing], grid: Grid) -> npt.NDArray[np.bool_]:
    place = np.zeros((grid.height, grid.width), bool)
    for thing in laid:
        box = grid.within(thing.box)
        if box is not None:
            window(place, box)[:] = True
    return place


def _without(things: Sequence[Thing], others: Sequence[Thing]) -> list[Thing]:
    places = {thing.place for thing in others}
    return [thing for thing in things if thing.place not in places]


def _to_rgb(drawing: Drawing) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(drawing, cv2.COLOR_BGRA2RGB), np.uint8)
