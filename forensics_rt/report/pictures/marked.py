"""The picture of an image with its regions outlined and numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.metadata import Density
from forensics_rt.report.pictures.turning import turned, turned_point
from forensics_rt.results.rendering import stretch_of

LONGEST_SIDE = 1600
_OUTLINE, _PAPER = (214, 0, 28), (255, 255, 255)
_MOST_NUMBERS = 40


@dataclass(frozen=True)
class MarkedPicture:
    """A picture to look at.

    Attributes:
        pixels: H×W×3 RGB uint8.
        scale: How many of its pixels there are for one of the image, across; below 1 if it was
            reduced.
    """

    pixels: npt.NDArray[np.uint8]
    scale: float


def marked_picture(
    image: npt.NDArray[np.uint8],
    regions: Sequence[Mapping[str, Any]],
    density: Density | None,
    orientation: int,
) -> MarkedPicture:
    """Draw the outline and number of each region on an image, turned upright.

    Images of more than 1,600 pixels along a side are reduced.

    Args:
        image: H×W×3 RGB, as stored.
        regions: As a result's JSON has them.
        density: Pixels per inch, across and down, where they are known.
        orientation: 1 to 8, as EXIF has it.
    """
    stretch = stretch_of(density)
    height, width = image.shape[:2]
    full = (width * stretch[0], height * stretch[1])
    reduced = min(1.0, LONGEST_SIDE / max(full))
    size = (max(1, round(full[0] * reduced)), max(1, round(full[1] * reduced)))
    picture = image
    if size != (width, height):
        how = cv2.INTER_AREA if reduced < 1 else cv2.INTER_NEAREST
        picture = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    picture = turned(picture, orientation).copy()
    scale = (size[0] / width, size[1] / height)
    thick = max(2, round(max(size) / 600))
    for region in regions:
        points = [_place(point, scale, size, orientation) for point in region["polygon"]]
        outline = np.rint(points).astype(np.int32)
        cv2.polylines(picture, [outline], True, _PAPER, thick + 2, cv2.LINE_AA)
        cv2.polylines(picture, [outline], True, _OUTLINE, thick, cv2.LINE_AA)
    for number, region in enumerate(regions[:_MOST_NUMBERS], 1):
        left, top, across, down = region["box"]
        corners = [(left, top), (left + across, top + down)]
        placed = [_place(corner, scale, size, orientation) for corner in corners]
        _number(picture, str(number), np.array(placed), thick)
    return MarkedPicture(picture, scale[0])


def _place(
    point: Sequence[float], scale: tuple[float, float], size: tuple[int, int], orientation: int
) -> tuple[float, float]:
    scaled = (point[0] * scale[0], point[1] * scale[1])
    return turned_point(scaled, (float(size[0]), float(size[1])), orientation)


def _number(
    picture: npt.NDArray[np.uint8], text: str, corners: npt.NDArray[np.float64], thick: int
) -> None:
    """Write a number on a red tag beside a box, inside the picture."""
    scale, line = 0.36 * thick + 0.1, max(1, thick - 1)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, line)
    pad = 2 + thick
    wide, high = width + 2 * pad, height + 2 * pad
    left, top = corners.min(axis=0)
    bottom = corners.max(axis=0)[1]
    y = top - high - thick if top - high - thick >= 0 else bottom + thick
    x = int(min(max(0, left), picture.shape[1] - wide))
    y = int(min(max(0, y), picture.shape[0] - high))
    cv2.rectangle(picture, (x, y), (x + wide, y + high), _OUTLINE, cv2.FILLED)
    place = (x + pad, y + pad + height)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, _PAPER, line, cv2.LINE_AA)
