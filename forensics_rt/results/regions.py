"""From a mask to the regions that a person can point at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

SMALLEST_AREA = 16

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Region:
    """One connected part of the mask.

    Attributes:
        polygon: Outer contour through the outermost pixels, in order, as their (x, y) from 0. It
            has at least three points. Holes are not cut out.
        box: (left, top, width, height) in pixels.
        area: Number of mask pixels.
        mean_probability: Mean probability over those pixels, in [0, 1].
    """

    polygon: tuple[tuple[int, int], ...]
    box: tuple[int, int, int, int]
    area: int
    mean_probability: float


def find_regions(
    mask: npt.NDArray[np.bool_], probability: npt.NDArray[np.float32]
) -> tuple[Region, ...]:
    """List the connected regions of a mask (8-neighbors), the largest first.

    Regions under 16 pixels are noise to a reader: they stay in the mask and are not listed.

    Args:
        mask: H×W bool.
        probability: H×W float32 in [0, 1].

    Example:
        >>> mask = np.zeros((32, 32), bool)
        >>> mask[4:12, 8:24] = True
        >>> [region.box for region in find_regions(mask, mask.astype(np.float32))]
        [(8, 4, 16, 8)]
    """
    count, found, boxes, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    labels = np.asarray(found)
    if count == 1:
        return ()
    forged = np.flatnonzero(mask)
    sums = np.bincount(labels.ravel()[forged], probability.ravel()[forged], minlength=count)
    large = _listed(boxes[:, cv2.CC_STAT_AREA])
    return tuple(_region(label, labels, boxes[label], float(sums[label])) for label in large)


def region_shares(mask: npt.NDArray[np.bool_], part: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    """Return which share of each region lies in a part of the mask, in the order of `find_regions`.

    Args:
        mask: H×W bool.
        part: H×W bool, within the mask.
    """
    count, found, boxes, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    areas = boxes[:, cv2.CC_STAT_AREA]
    inside = np.bincount(np.asarray(found)[part], minlength=count)
    return tuple(float(inside[label] / areas[label]) for label in _listed(areas))


def _listed(areas: npt.NDArray[Any]) -> list[int]:
    """Return the labels of the regions that are listed, the largest first; 0 is the background."""
    large = [label for label in range(1, len(areas)) if areas[label] >= SMALLEST_AREA]
    return sorted(large, key=lambda label: -int(areas[label]))


def _region(label: int, labels: npt.NDArray[Any], box: npt.NDArray[Any], total: float) -> Region:
    left, top, width, height, area = (int(value) for value in box)
    part = labels[top : top + height, left : left + width] == label
    contours, _ = cv2.findContours(
        part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(left, top)
    )
    whole: Box = left, top, width, height
    polygon = polygon_of(max(contours, key=cv2.contourArea), whole)
    return Region(polygon, whole, area, total / area)


def polygon_of(contour: npt.NDArray[Any], box: Box) -> tuple[tuple[int, int], ...]:
    """Simplify a contour to a polygon of three points or more.

    Args:
        contour: N×1×2 (x, y), as OpenCV's `findContours` gives it.
        box: (left, top, width, height) of the region, whose corners stand for a mere line.
    """
    simple = np.asarray(cv2.approxPolyDP(contour, epsilon=1.0, closed=True)).reshape(-1, 2)
    if len(simple) > 2:
        return tuple((int(x), int(y)) for x, y in simple)
    left, top, width, height = box
    right, bottom = left + width - 1, top + height - 1
    return (left, top), (right, top), (right, bottom), (left, bottom)
