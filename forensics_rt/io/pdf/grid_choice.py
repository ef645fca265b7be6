"""The pixels in which a page is drawn: those of its finest image, unless that lies on a scan."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from forensics_rt.io.pdf.geometry import area_of, around, box_of, common, is_upright, then
from forensics_rt.io.pdf.grid import Grid, is_aligned, own_grid, upright_grid
from forensics_rt.io.pdf.page_report import Matrix, PointBox
from forensics_rt.io.pdf.stamps import AS_DENSE, LEAST_DENSITY, by_density
from forensics_rt.io.pdf.things import StoredImage

_UNITS_PER_INCH = 72.0
# Of pages without a scan: as densely as documents are scanned.
_USUAL_DENSITY, _MOST_DENSITY = 200.0, 600.0
# Of the page an image must cover to decide how densely all of it is drawn. Where no image is so
# large, a small photograph decides.
_LEAST_SHARES = (0.05, 0.005)
# How many pixels may be asked for by images that cover less than half of the page, and less than
# the twentieth: the picture on a letterhead must not cost ten times what its page does.
_MOST_PIXELS, _MOST_OF_SMALL = 64_000_000, 16_000_000
# JPEG blocks are 8 samples wide: what is cut off starts and ends on a block.
_BLOCK = 8
_UNIT_SQUARE = (0.0, 0.0, 1.0, 1.0)


def choose_grid(
    images: Sequence[StoredImage],
    shown: PointBox,
    turned: int,
    whole_page: bool,
    units_per_inch: float = _UNITS_PER_INCH,
    stamps: Collection[int] = (),
) -> Grid:
    """Choose the pixels in which a page is drawn.

    They are the samples of the finest image that covers a twentieth of the page or more and lies on
    no scan. Where there is none, the page is drawn upright with 200 pixels per inch.

    Args:
        images: Those that can be seen.
        shown: What is shown of the page.
        turned: By how many degrees a viewer turns it clockwise.
        whole_page: Whether there is more on the page than images; else the pixels reach as far as
            these.
        units_per_inch: 72, or less for pages of large units.
        stamps: Places of the images that lie on a scan.
    """
    covers = [common(box_of(image.matrix, _UNIT_SQUARE), shown) for image in images]
    seen = [box for box in covers if box is not None]
    wanted = shown if whole_page or not seen else around(seen)
    page, areas = area_of(shown), list(map(area_of, covers))
    units = _UNITS_PER_INCH / units_per_inch
    least = LEAST_DENSITY * units * AS_DENSE if whole_page else 0.0
    for place, share in _finest_first(images, areas, page, stamps):
        if images[place].density < least:
            break
        grid = _cut_out(own_grid(images[place]), images, wanted, place)
        most = _MOST_PIXELS if share >= _LEAST_SHARES[0] else _MOST_OF_SMALL
        if share >= 0.5 or grid.width * grid.height <= most:
            return grid
    usual = _USUAL_DENSITY * units
    halves = {place for place, area in enumerate(areas) if area * 2 >= page} - {*stamps}
    finest = max((images[place].density for place in halves), default=usual)
    density = min(max(finest, usual), max(_MOST_DENSITY, usual))
    return upright_grid(shown, turned, density)


def _finest_first(
    images: Sequence[StoredImage], areas: Sequence[float], page: float, stamps: Collection[int]
) -> list[tuple[int, float]]:
    """Return the images that may decide, the finest first, of equals the largest.

    With the place of each comes the share of the page that all images of its density cover: of
    tiles, all.
    """
    places = {place for place, image in enumerate(images) if is_upright(image.matrix)} - {*stamps}
    shares: dict[int, float] = {}
    for group in by_density(images, sorted(places)):
        total = sum(areas[one] for one in group) / max(page, 1e-9)
        shares |= dict.fromkeys(group, total)
    by_size = ([place for place in shares if shares[place] >= least] for least in _LEAST_SHARES)
    able = next(filter(None, by_size), [])
    finest = AS_DENSE * images[able[0]].density if able else 0.0
    equals = [place for place in able if images[place].density >= finest]
    equals.sort(key=lambda place: -areas[place])
    return [(place, shares[place]) for place in equals + able[len(equals) :]]


def _cut_out(matrix: Matrix, images: Sequence[StoredImage], wanted: PointBox, place: int) -> Grid:
    """Return the pixels of a grid that cover what is wanted, cut at the edges of images."""
    edges = [
        box_of(then(image.matrix, matrix), _UNIT_SQUARE)
        for image in images
        if is_aligned(image, matrix)
    ]
    left, top, right, bottom = box_of(matrix, wanted)
    x0 = _low_edge(left, [edge[0] for edge in edges])
    y0 = _low_edge(top, [edge[1] for edge in edges])
    x1 = _high_edge(right, [edge[2] for edge in edges])
    y1 = _high_edge(bottom, [edge[3] for edge in edges])
    moved = then(matrix, (1.0, 0.0, 0.0, 1.0, float(-x0), float(-y0)))
    return Grid(moved, max(x1 - x0, 1), max(y1 - y0, 1), place)


def _low_edge(value: float, edges: list[float]) -> int:
    near = [edge for edge in map(round, edges) if -1 < value - edge <= _BLOCK]
    return max(near) if near else math.floor(value / _BLOCK) * _BLOCK


def _high_edge(value: float, edges: list[float]) -> int:
    near = [edge for edge in map(round, edges) if -1 < edge - value <= _BLOCK]
    return min(near) if near else math.ceil(value)
