"""A first look at a page, drawn small: which of its images can be seen, and how much of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.io.pdf.drawing import Drawing, draw, only
from forensics_rt.io.pdf.geometry import common
from forensics_rt.io.pdf.grid import Grid, upright_grid
from forensics_rt.io.pdf.page_report import PointBox
from forensics_rt.io.pdf.things import Thing

_LONGEST_SIDE, _MOST_DENSITY = 1000.0, 72.0
_UNITS_PER_INCH = 72.0
# Images beyond these count as seen, without a look at each.
MOST_IMAGES = 200
# Levels by which a drawing may differ where the image is what it shows.
_SAME = 16
# Of what an image would cover, as much as it must paint to count as one without a mask.
_UNMASKED = 0.97


@dataclass(frozen=True)
class Seen:
    """What a look told of one image.

    Attributes:
        visible: Whether the page would look different without it.
        painted: Share of what it would cover of the page that it paints at all, in [0, 1]: masks,
            clips and layers that are off take from it.
        share: Share of the shown page in which it is what is seen, in [0, 1].
    """

    visible: bool
    painted: float
    share: float


@dataclass(frozen=True)
class Look:
    """What a look told of a page.

    Attributes:
        grid: The pixels that were drawn.
        whole: The drawing of all: H×W×4 uint8 BGRA.
        images: What was seen of each image, by its place among the things.
        more_than_images: Whether anything but images can be seen.
    """

    grid: Grid
    whole: Drawing
    images: dict[int, Seen]
    more_than_images: bool

    def is_visible(self, image: Thing) -> bool:
        """Tell whether the page would look different without an image."""
        return image.place not in self.images or self.images[image.place].visible

    def is_masked(self, image: Thing) -> bool:
        """Tell whether an image paints only a part of its place."""
        return image.place in self.images and self.images[image.place].painted < _UNMASKED


def look_at(page: Any, things: Sequence[Thing], shown: PointBox) -> Look:
    """Draw a page small, and each of its images alone.

    Args:
        page: A `pypdfium2.PdfPage`.
        things: What is on it.
        shown: What a viewer shows of it.
    """
    longest = max(shown[2] - shown[0], shown[3] - shown[1])
    density = min(_MOST_DENSITY, _LONGEST_SIDE * _UNITS_PER_INCH / longest)
    grid = upright_grid(shown, page.get_rotation(), density)
    whole = draw(page, grid)
    images = [thing for thing in things if thing.image is not None]
    seen = {}
    for thing in images[:MOST_IMAGES]:
        if common(thing.box, shown) is None:
            seen[thing.place] = Seen(False, 0.0, 0.0)
            continue
        with only(things, [thing]):
            alone = draw(page, grid, on_white=False)
        seen[thing.place] = _compare(page, grid, whole, alone, things, thing)
    with only(things, images):
        more = bool((draw(page, grid) != whole).any())
    return Look(grid, whole, seen, more)


def _compare(
    page: Any,
    grid: Grid,
    whole: Drawing,
    alone: Drawing,
    things: Sequence[Thing],
    thing: Thing,
) -> Seen:
    box = grid.within(thing.box)
    if box is None or not alone[:, :, 3].any():
        return Seen(False, 0.0, 0.0)
    left, top, width, height = box
    window = slice(top, top + height), slice(left, left + width)
    pixels = grid.width * grid.height
    alpha, there = alone[window][:, :, 3], whole[window]
    painted = float(alpha.mean()) / 255
    matching = (alpha > 127) & (_levels_apart(_on_white(alone[window]), there) <= _SAME)
    if matching.any():
        return Seen(True, painted, float(matching.sum()) / pixels)
    with only(things, [other for other in things if other is not thing]):
        apart = _levels_apart(draw(page, grid)[window], there) > 0
    return Seen(bool(apart.any()), painted, float(apart.sum()) / pixels)


def _on_white(drawing: Drawing) -> npt.NDArray[np.float32]:
    alpha = drawing[:, :, 3:].astype(np.float32) / 255
    return np.asarray(drawing[:, :, :3] * alpha + 255 * (1 - alpha), np.float32)


def _levels_apart(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    apart = np.abs(first[:, :, :3].astype(np.float32) - second[:, :, :3].astype(np.float32))
    return np.asarray(apart.max(axis=2))
