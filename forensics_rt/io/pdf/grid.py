"""The pixels in which a page is drawn: those of its finest image, so that it keeps its samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from forensics_rt.io.pdf.geometry import (
    area_of,
    around,
    box_of,
    common,
    inverse,
    is_upright,
    page_box,
    then,
)
from forensics_rt.io.pdf.page_report import Matrix, PixelBox, PointBox
from forensics_rt.io.pdf.things import StoredImage

_UNITS_PER_INCH = 72.0
# Of pages without a scan: as densely as documents are scanned.
_USUAL_DENSITY, _MOST_DENSITY = 200.0, 600.0
# Of the page an image must cover to decide how densely all of it is drawn: a stamp must not, or the
# scan beneath it would lose its samples. Where no image is so large, a small photograph decides.
_LEAST_SHARES = (0.05, 0.005)
# How many pixels an image that covers less than half of the page may ask for.
_MOST_PIXELS = 64_000_000
# Pixels per inch that words need: where there are any, an image of fewer is a colored ground.
_LEAST_DENSITY = 72.0
# Densities that differ by rounding alone.
_AS_DENSE = 0.98
# JPEG blocks are 8 samples wide: what is cut off starts and ends on a block.
_BLOCK = 8
_UNIT_SQUARE = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Grid:
    """Pixels that cover a part of a page.

    Attributes:
        from_page: From units of the page, y upwards, to pixels, y downwards.
        width: Pixels across.
        height: Pixels down.
        image: Place of the image whose samples are these pixels, among those that it was chosen
            from; `None` where there is none.
    """

    from_page: Matrix
    width: int
    height: int
    image: int | None = None

    @property
    def to_page(self) -> Matrix:
        """From pixels to units of the page."""
        return inverse(self.from_page)

    @property
    def density(self) -> tuple[float, float]:
        """Pixels per inch, across and down, where a unit of the page is 1/72 inch."""
        a, b, c, d, _, _ = self.to_page
        return _UNITS_PER_INCH / math.hypot(a, b), _UNITS_PER_INCH / math.hypot(c, d)

    def pixels_of(self, box: PointBox) -> PixelBox:
        """Return the pixels that a box of the page touches: left, top, width, height."""
        left, top, right, bottom = box_of(self.from_page, box)
        x, y = math.floor(left + 0.01), math.floor(top + 0.01)
        return x, y, max(math.ceil(right - 0.01) - x, 1), max(math.ceil(bottom - 0.01) - y, 1)

    def within(self, box: PointBox) -> PixelBox | None:
        """Return the pixels of the grid that a box of the page touches; `None` for none."""
        x, y, width, height = self.pixels_of(box)
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + width, self.width), min(y + height, self.height)
        if left >= right or top >= bottom:
            return None
        return left, top, right - left, bottom - top

    def part(self, box: PixelBox) -> Grid:
        """Return some of the pixels as a grid of their own."""
        left, top, width, height = box
        moved = then(self.from_page, (1.0, 0.0, 0.0, 1.0, float(-left), float(-top)))
        return Grid(moved, width, height)

    def page_box(self, box: PixelBox) -> PointBox:
        """Return where pixels lie on the page."""
        return page_box(box, self.to_page)


def own_grid(image: StoredImage) -> Matrix:
    """Return the matrix from the page to the samples of an image, y downwards."""
    samples: Matrix = (image.width, 0.0, 0.0, -image.height, 0.0, image.height)
    return then(inverse(image.matrix), samples)


def upright_grid(shown: PointBox, turned: int, density: float) -> Grid:
    """Return the pixels of a page as a viewer shows it.

    Args:
        shown: What is shown of the page.
        turned: By how many degrees a viewer turns it clockwise: 0, 90, 180 or 270.
        density: Pixels per inch.
    """
    scale = density / _UNITS_PER_INCH
    left, low, right, high = shown
    # A hair less: lengths are stored in float32, and must not round up to a pixel more.
    along, up = (
        max(math.ceil(side * scale * (1 - 1e-5)), 1) for side in (right - left, high - low)
    )
    x, y = along / (right - left), up / (high - low)
    matrix: Matrix = {
        0: (x, 0.0, 0.0, -y, -left * x, high * y),
        90: (0.0, x, y, 0.0, -low * y, -left * x),
        180: (-x, 0.0, 0.0, y, right * x, -low * y),
        270: (0.0, -x, -y, 0.0, high * y, right * x),
    }[turned % 360]
    return Grid(matrix, *((up, along) if turned % 180 else (along, up)))


def is_aligned(image: StoredImage, from_page: Matrix) -> bool:
    """Tell whether the samples of an image are as large as the pixels of a grid, and upright."""
    placed = then(image.matrix, from_page)
    if not is_upright(placed):
        return False
    left, top, right, bottom = box_of(placed, _UNIT_SQUARE)
    sides = (image.width, image.height)
    if abs(placed[0]) < abs(placed[1]):
        sides = (image.height, image.width)
    return all(
        abs(length - side) <= max(0.5, 0.001 * side)
        for length, side in zip((right - left, bottom - top), sides, strict=True)
    )


def choose_grid(
    images: Sequence[StoredImage],
    shown: PointBox,
    turned: int,
    whole_page: bool,
    units_per_inch: float = _UNITS_PER_INCH,
) -> Grid:
    """Choose the pixels in which a page is drawn.

    They are the samples of the finest image that covers a twentieth of the page or more. Where
    there is none, the page is drawn upright with 200 pixels per inch.

    Args:
        images: Those that can be seen.
        shown: What is shown of the page.
        turned: By how many degrees a viewer turns it clockwise.
        whole_page: Whether there is more on the page than images; else the pixels reach as far as
            these.
        units_per_inch: 72, or less for pages of large units.
    """
    covers = [common(box_of(image.matrix, _UNIT_SQUARE), shown) for image in images]
    densities = [image.density for image in images]
    seen = [box for box in covers if box is not None]
    wanted = shown if whole_page or not seen else around(seen)
    best: Grid | None = None
    least = _LEAST_DENSITY * _UNITS_PER_INCH / units_per_inch if whole_page else 0.0
    for place in _finest_first(images, covers, densities, shown):
        if densities[place] < least * _AS_DENSE:
            break
        matrix = own_grid(images[place])
        grid = _cut_out(matrix, images, wanted, place)
        large = area_of(covers[place]) * 2 >= area_of(shown)
        if large or grid.width * grid.height <= _MOST_PIXELS:
            best = grid
            break
    if best is not None:
        return best
    usual = _USUAL_DENSITY * _UNITS_PER_INCH / units_per_inch
    aslant = [
        density
        for density, box in zip(densities, covers, strict=True)
        if area_of(box) * 2 >= area_of(shown)
    ]
    density = min(max([*aslant, usual]), max(_MOST_DENSITY, usual))
    return upright_grid(shown, turned, density)


def _finest_first(
    images: Sequence[StoredImage],
    covers: Sequence[PointBox | None],
    densities: Sequence[float],
    shown: PointBox,
) -> list[int]:
    """Return the places of the images that may decide, the finest first, of equals the largest."""
    upright = [place for place, image in enumerate(images) if is_upright(image.matrix)]
    for share in _LEAST_SHARES:
        places = [place for place in upright if area_of(covers[place]) >= share * area_of(shown)]
        if places:
            break
    else:
        return []
    places.sort(key=lambda place: -densities[place])
    finest = densities[places[0]]
    equals = [place for place in places if densities[place] >= _AS_DENSE * finest]
    others = [place for place in places if densities[place] < _AS_DENSE * finest]
    return sorted(equals, key=lambda place: -area_of(covers[place])) + others


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
