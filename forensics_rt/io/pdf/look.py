"""A first look at a page, drawn small: which of its images can be seen, and how much of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.pdf.boxes import window
from forensics_rt.io.pdf.drawing import Drawing, draw, only, over_white, switch
from forensics_rt.io.pdf.geometry import area_of, common
from forensics_rt.io.pdf.grid import Grid, upright_grid
from forensics_rt.io.pdf.page import OpenedPage
from forensics_rt.io.pdf.stacking import covered_later
from forensics_rt.io.pdf.things import Thing

_LONGEST_SIDE, _MOST_DENSITY = 1000.0, 72.0
_UNITS_PER_INCH = 72.0
# Of more images the largest are looked at, and the others count as seen.
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
    """

    visible: bool = True
    painted: float = 1.0

    @property
    def masked(self) -> bool:
        """Whether it paints only a part of its place."""
        return self.painted < _UNMASKED


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


def look_at(opened: OpenedPage) -> Look:
    """Draw a page small, and each of its images alone."""
    page, things, shown, images = opened.page, opened.things, opened.shown, opened.images
    longest = max(shown[2] - shown[0], shown[3] - shown[1])
    density = min(_MOST_DENSITY, _LONGEST_SIDE * _UNITS_PER_INCH / longest)
    grid = upright_grid(shown, page.get_rotation(), density)
    whole = draw(page, grid)
    large = sorted(images, key=lambda thing: -area_of(common(thing.box, shown)))[:MOST_IMAGES]
    seen = {image.place: Seen() for image in images}
    seen |= _look_at_each(page, things, large, grid, whole)
    with only(things, images):
        more = bool((draw(page, grid) != whole).any())
    return Look(grid, whole, seen, more)


def _look_at_each(
    page: Any, things: Sequence[Thing], images: Sequence[Thing], grid: Grid, whole: Drawing
) -> dict[int, Seen]:
    """Draw each image alone, and, where that does not tell, the page without it."""
    seen, doubted = {}, []
    covered = covered_later(images, things)
    with only(things, []):
        for thing in images:
            box = grid.within(thing.box)
            switch([thing], True)
            alone = None if box is None else draw(page, grid.part(box), on_white=False)
            switch([thing], False)
            if box is None or alone is None or not alone[:, :, 3].any():
                seen[thing.place] = Seen(False, 0.0)
                continue
            matches = _shows(window(whole, box), alone)
            seen[thing.place] = Seen(matches, float(alone[:, :, 3].mean()) / 255)
            # What covers it may have its colors: one white page over another.
            if thing.place in covered or not matches:
                doubted.append((thing, box))
    off: list[Thing] = []
    # From the lowest on, and what cannot be seen stays away: of two that are equal one is seen.
    for thing, box in sorted(doubted, key=lambda one: one[0].place):
        switch([thing], False)
        matters = bool(_levels_apart(draw(page, grid.part(box)), window(whole, box)).any())
        if matters:
            switch([thing], True)
        else:
            off.append(thing)
        seen[thing.place] = Seen(matters, seen[thing.place].painted)
    switch(off, True)
    return seen


def _shows(there: Drawing, alone: Drawing) -> bool:
    """Tell whether a page shows anywhere what an image paints."""
    same = _levels_apart(over_white(alone), there) <= _SAME
    return bool(((alone[:, :, 3] > 127) & same).any())


def _levels_apart(first: Drawing, second: Drawing) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.absdiff(first[:, :, :3], second[:, :, :3]).max(axis=2))
