"""What lies over the scan of a page, and what the page does not show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from pypdfium2 import raw

from forensics_rt.io.pdf.boxes import MOST_BOXES, boxes_of, extent_of, window
from forensics_rt.io.pdf.drawing import draw, only
from forensics_rt.io.pdf.geometry import area_of, around, common
from forensics_rt.io.pdf.grid import Grid
from forensics_rt.io.pdf.look import Look, Seen
from forensics_rt.io.pdf.page import OpenedPage
from forensics_rt.io.pdf.page_report import PagePart, PointBox
from forensics_rt.io.pdf.things import Thing

# By how much a box may be larger than what is hidden of an image: what is shown lies amid crops.
_MOST_WASTE = 1.5
# Points within which parts of a kind are one: the words of a line.
_NEAR = 6.0
# Pixels by which an image may reach beyond what is shown: a rounding, or the rest of a block.
_BEYOND = 8
# Pixels by which a thing may reach beyond the box that PDFium gives it.
_EDGE = 2


def overlays_of(
    over: Sequence[Thing], marked: npt.NDArray[np.bool_], grid: Grid
) -> tuple[PagePart, ...]:
    """Return which things that were painted after the scan can be seen.

    Args:
        over: These things.
        marked: H×W bool, where the page looks different without them.
        grid: The pixels.
    """
    found = []
    for thing in over:
        x, y, width, height = grid.pixels_of(thing.box)
        # Edges are smoothed beyond it.
        seen = extent_of(marked, (x - _EDGE, y - _EDGE, width + 2 * _EDGE, height + 2 * _EDGE))
        if seen is not None:
            found.append((thing.kind, grid.page_box(seen)))
    return merged(found, grid)


def differences_of(kind: str, marked: npt.NDArray[np.bool_], grid: Grid) -> tuple[PagePart, ...]:
    """Return where the page does not show a scan as it is stored."""
    return tuple(PagePart(kind, box, grid.page_box(box)) for box in boxes_of(marked))


def hidden_images(opened: OpenedPage, seen: Mapping[int, Seen], grid: Grid) -> tuple[PagePart, ...]:
    """Return the images, and parts of images, that the file holds and the page does not show."""
    found: list[tuple[str, PointBox]] = []
    for thing in opened.images:
        found += [("crop", box) for box in _beyond(thing.box, opened.shown, grid)]
        look, inside = seen[thing.place], common(thing.box, opened.shown)
        if inside is None:
            continue
        if look.painted == 0:
            found.append(("clip" if _is_clipped(thing) else "layer off", inside))
        elif not look.visible:
            found.append(("covered image", inside))
        elif look.masked and _is_clipped(thing):
            found.append(("clip", inside))
    return merged(found, grid, _MOST_WASTE)


def hidden_text(opened: OpenedPage, look: Look, grid: Grid) -> tuple[PagePart, ...]:
    """Return the text that is painted and cannot be seen.

    Args:
        opened: The page.
        look: A look at it, drawn small.
        grid: The pixels that are examined.
    """
    texts = _texts(opened)
    if not texts:
        return ()
    places = {thing.place for thing in texts}
    with only(opened.things, [thing for thing in opened.things if thing.place not in places]):
        marked = (draw(opened.page, look.grid) != look.whole).any(2)
    found = text_off_page(opened)
    for thing in texts:
        box = look.grid.within(thing.box)
        if box is not None and common(thing.box, opened.shown) and not window(marked, box).any():
            found.append(("text that cannot be seen", thing.box))
    return merged(found, grid)


def text_off_page(opened: OpenedPage) -> list[tuple[str, PointBox]]:
    """Return the text that is painted beside what a viewer shows of the page."""
    texts = _texts(opened)
    return [("crop", thing.box) for thing in texts if common(thing.box, opened.shown) is None]


def _texts(opened: OpenedPage) -> list[Thing]:
    return [thing for thing in opened.things if thing.kind == "text" and thing.paints]


def _beyond(box: PointBox, shown: PointBox, grid: Grid) -> list[PointBox]:
    """Return what of a box lies outside of what is shown: up to four strips."""
    left, low, right, high = box
    x0, y0, x1, y1 = shown
    if common(box, shown) is None:
        return [box]
    strips = [
        (left, low, min(right, x0), high),
        (max(left, x1), low, right, high),
        (max(left, x0), low, min(right, x1), min(high, y0)),
        (max(left, x0), max(low, y1), min(right, x1), high),
    ]
    across, down = grid.density
    least = _BEYOND * 72 / max(across, down)
    return [
        strip for strip in strips if strip[2] - strip[0] > least and strip[3] - strip[1] > least
    ]


def _is_clipped(thing: Thing) -> bool:
    path = raw.FPDFPageObj_GetClipPath(thing.handle)
    return bool(path) and raw.FPDFClipPath_CountPaths(path) > 0


def merged(
    found: Iterable[tuple[str, PointBox]], grid: Grid, waste: float = math.inf
) -> tuple[PagePart, ...]:
    """Put neighbors of a kind together, as far as they follow each other, and bound their number.

    Words of a line are painted one after the other. With a limit to the waste, neighbors stay apart
    whose common box is more than so many times as large as they are.
    """
    merged: list[tuple[str, PointBox]] = []
    for kind, box in found:
        both = around([merged[-1][1], box]) if merged else box
        if (
            merged
            and merged[-1][0] == kind
            and _is_near(merged[-1][1], box)
            and area_of(both) <= waste * (area_of(merged[-1][1]) + area_of(box))
        ):
            merged[-1] = kind, both
        else:
            merged.append((kind, box))
    if len(merged) > MOST_BOXES:
        kinds = dict.fromkeys(kind for kind, _ in merged)
        merged = [(kind, around([box for other, box in merged if other == kind])) for kind in kinds]
    return tuple(PagePart(kind, grid.pixels_of(box), box) for kind, box in merged)


def _is_near(first: PointBox, second: PointBox) -> bool:
    left, low, right, high = first
    return common((left - _NEAR, low - _NEAR, right + _NEAR, high + _NEAR), second) is not None
