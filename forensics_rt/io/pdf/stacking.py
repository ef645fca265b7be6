"""Which things of a page lie over which others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from forensics_rt.io.pdf.boxes import window
from forensics_rt.io.pdf.geometry import area_of, common
from forensics_rt.io.pdf.grid import Grid
from forensics_rt.io.pdf.page_report import PointBox
from forensics_rt.io.pdf.things import Thing

# Pixels by which the strips of one scan overlap where their places on the page are rounded.
_SEAM = 2


def painted_after(below: Sequence[Thing], others: Iterable[Thing]) -> list[Thing]:
    """Return those of the others that are painted later than something below them.

    Args:
        below: What they may lie over.
        others: Candidates, in the order of painting.
    """
    if not below:
        return []
    boxes = np.array([thing.box for thing in below])
    places = np.array([thing.place for thing in below])
    return [
        thing for thing in others if ((places < thing.place) & _touched(boxes, thing.box)).any()
    ]


def lying_over(below: Sequence[Thing], others: Iterable[Thing]) -> list[Thing]:
    """Return those of the others that are painted later than a thing on which half of them lies.

    Args:
        below: What they may lie on.
        others: Candidates.
    """
    return [
        thing
        for thing in others
        if any(
            one.place < thing.place
            and (inside := common(one.box, thing.box)) is not None
            and area_of(inside) * 2 >= area_of(thing.box)
            for one in below
        )
    ]


def covered_later(images: Iterable[Thing], things: Sequence[Thing]) -> set[int]:
    """Return the places of images over which something is painted later.

    Args:
        images: Some of the things.
        things: What is on the page, in the order of painting.
    """
    painting = [thing for thing in things if thing.paints]
    if not painting:
        return set()
    boxes = np.array([thing.box for thing in painting])
    places = np.array([thing.place for thing in painting])
    return {
        image.place
        for image in images
        if ((places > image.place) & _touched(boxes, image.box)).any()
    }


def side_by_side(images: Sequence[Thing], grid: Grid) -> list[Thing]:
    """Return the images that together are the scan of a page, such as its strips and tiles.

    The largest is one of them, and so is what lies beside those found so far. An image that lies
    over or under these is none: it is as dense as the scan, and was laid onto it.

    Args:
        images: Whose samples are as large as the pixels of the grid.
        grid: The pixels.

    Returns:
        These, in the order given.
    """
    taken = np.zeros((grid.height, grid.width), bool)
    found = set()
    for image in sorted(images, key=lambda one: (-round(area_of(one.box), 3), one.place)):
        box = grid.within(image.box)
        if box is None:
            continue
        left, top, width, height = box
        across, down = (min(_SEAM, (side - 1) // 2) for side in (width, height))
        inner = taken[top + down : top + height - down, left + across : left + width - across]
        if not inner.any():
            window(taken, box)[:] = True
            found.add(image.place)
    return [image for image in images if image.place in found]


def _touched(boxes: npt.NDArray[np.float64], box: PointBox) -> npt.NDArray[np.bool_]:
    left, low, right, high = box
    return np.asarray(
        (boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < high) & (boxes[:, 3] > low)
    )
