"""The outline of one region of a mask that lies on disk."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import lru_cache
from typing import Any, BinaryIO

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.pyramid import RawPlane
from forensics_rt.results.regions import Box, polygon_of

LARGEST_CROP = 16_000_000
_ROWS_KEPT = 512
_CHOSEN = 128
# Directions as in Freeman's chain code, counter-clockwise from the right: (x, y), y downwards.
_STEPS = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))


def outline(
    mask: RawPlane, stream: BinaryIO, box: Box, first: tuple[int, int], largest: int = LARGEST_CROP
) -> tuple[tuple[int, int], ...]:
    """Return the polygon that `regions.find_regions` gives for a region.

    Args:
        mask: 0 or 255 a pixel.
        stream: Its file, open for reading.
        box: (left, top, width, height) of the region.
        first: (x, y) of its first pixel in reading order.
        largest: Boxes of more pixels than this are followed along their border, row by row, instead
            of being read as a whole.
    """
    _, _, width, height = box
    if width * height <= largest:
        contour = _contour_of_crop(mask, stream, box, first)
    else:
        contour = follow_border(_pixel_reader(mask, stream), first)
    return polygon_of(contour, box)


def _contour_of_crop(
    mask: RawPlane, stream: BinaryIO, box: Box, first: tuple[int, int]
) -> npt.NDArray[Any]:
    left, top, width, height = box
    crop = np.empty((height, width), np.uint8)
    for row in range(height):
        stream.seek((top + row) * mask.row_bytes + left)
        stream.readinto(crop[row])  # type: ignore[attr-defined]
    # Other regions reach into the box; only this one can be reached from its first pixel.
    cv2.floodFill(crop, None, (first[0] - left, first[1] - top), _CHOSEN, flags=8)
    contours, _ = cv2.findContours(
        (crop == _CHOSEN).view(np.uint8),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_SIMPLE,
        offset=(left, top),
    )
    return np.asarray(max(contours, key=cv2.contourArea))


def _pixel_reader(mask: RawPlane, stream: BinaryIO) -> Callable[[int, int], bool]:
    @lru_cache(maxsize=_ROWS_KEPT)
    def row(y: int) -> bytes:
        stream.seek(y * mask.row_bytes)
        return stream.read(mask.row_bytes)

    def forged(x: int, y: int) -> bool:
        return 0 <= x < mask.width and 0 <= y < mask.height and row(y)[x] != 0

    return forged


def follow_border(
    forged: Callable[[int, int], bool], first: tuple[int, int]
) -> npt.NDArray[np.int32]:
    """Follow the outer border of a region, and keep the points where its direction changes.

    Border following after Suzuki and Abe (CVGIP 30, 1985), with the points and their order as
    OpenCV's `findContours` has them (`CHAIN_APPROX_SIMPLE`).

    Args:
        forged: Whether pixel (x, y) belongs to the mask; `False` outside the image.
        first: (x, y) of the region's first pixel in reading order.

    Returns:
        N×1×2 int32.

    Example:
        >>> follow_border(lambda x, y: 2 <= x <= 4 and y == 1, (2, 1)).tolist()
        [[[2, 1]], [[4, 1]]]
    """

    def at(place: tuple[int, int], direction: int) -> tuple[int, int]:
        step = _STEPS[direction % 8]
        return place[0] + step[0], place[1] + step[1]

    # The pixel to the left of the first is background: look clockwise from there.
    direction = next((d for d in (3, 2, 1, 0, 7, 6, 5, 4) if forged(*at(first, d))), None)
    if direction is None:
        return np.array([[first]], np.int32)
    before_first = at(first, direction)
    here, arrived = first, (direction + 4) % 8
    points = array("i")
    while True:
        direction = next(d for d in range(direction + 1, direction + 9) if forged(*at(here, d))) % 8
        if direction != arrived:
            points.extend(here)
        arrived = direction
        there = at(here, direction)
        if there == first and here == before_first:
            return np.array(points, np.int32).reshape(-1, 1, 2)
        here, direction = there, (direction + 4) % 8
