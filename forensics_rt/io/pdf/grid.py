"""Pixels that cover a part of a page: upright, or the samples of an image."""

from __future__ import annotations

import math
from dataclasses import dataclass

from forensics_rt.io.pdf.geometry import box_of, inverse, is_upright, page_box, then
from forensics_rt.io.pdf.page_report import Matrix, PixelBox, PointBox
from forensics_rt.io.pdf.things import StoredImage

_UNITS_PER_INCH = 72.0
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
    from_page = as_viewed(shown, turned, along, up)
    return Grid(from_page, *((up, along) if turned % 180 else (along, up)))


def as_viewed(shown: PointBox, turned: int, along: float, up: float) -> Matrix:
    """Return the matrix from a page to the pixels in which a viewer shows it, y downwards.

    Args:
        shown: What is shown of the page.
        turned: By how many degrees a viewer turns it clockwise: 0, 90, 180 or 270.
        along: Pixels from its left to its right, before it is turned.
        up: Pixels from its lower to its upper edge.
    """
    left, low, right, high = shown
    x, y = along / (right - left), up / (high - low)
    matrices: dict[int, Matrix] = {
        0: (x, 0.0, 0.0, -y, -left * x, high * y),
        90: (0.0, x, y, 0.0, -low * y, -left * x),
        180: (-x, 0.0, 0.0, y, right * x, -low * y),
        270: (0.0, -x, -y, 0.0, high * y, right * x),
    }
    return matrices[turned % 360]


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
