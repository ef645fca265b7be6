"""A region from stored pixels, enlarged by a whole factor, beside its probability map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.report.pictures.turning import turned
from forensics_rt.results.rendering import overlay

# What half the width of a page shows well.
_WIDEST, _HIGHEST = 480, 320
_LARGEST_FACTOR = 8
_LEAST_MARGIN = 24


@dataclass(frozen=True)
class Zoom:
    """A region to look at.

    Attributes:
        stored: The pixels as stored, turned upright: H×W×3 RGB uint8.
        marked: The same with probabilities tinted; `None` without a map.
        box: (left, top, width, height) of what is shown, in pixels as stored.
        factor: How many pixels of the picture there are along a side for one that is stored; 1
            over a whole number where the region is too large to be shown in full.
    """

    stored: npt.NDArray[np.uint8]
    marked: npt.NDArray[np.uint8] | None
    box: tuple[int, int, int, int]
    factor: float


def zoom_of(
    image: npt.NDArray[np.uint8],
    probability: npt.NDArray[np.float32] | None,
    region: Mapping[str, Any],
    orientation: int,
) -> Zoom:
    """Cut a region out of an image with a margin, and enlarge it.

    Every pixel becomes a square of pixels, so that nothing is smoothed. A region of more than
    480×320 pixels is reduced by a whole factor.

    Args:
        image: H×W×3 RGB, as stored.
        probability: H×W float32; `None` for no map.
        region: As a result's JSON has it.
        orientation: 1 to 8, as EXIF has it.
    """
    left, top, right, bottom = _with_margin(region["box"], image.shape[1], image.shape[0])
    part = np.s_[top:bottom, left:right]
    cut = image[part]
    sides = cut.shape[1::-1] if orientation < 5 else cut.shape[:2]
    factor = _factor(*sides)
    marked = None
    if probability is not None:
        tinted = overlay(cut, _as_saved(probability[part]), ())
        marked = _enlarged(turned(tinted, orientation), factor)
    stored = _enlarged(turned(cut, orientation), factor)
    return Zoom(stored, marked, (left, top, right - left, bottom - top), factor)


def _as_saved(probability: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    # To 16 bits, as the file of the map: a report on results of an earlier run has the same bytes.
    return np.asarray(np.rint(probability * np.float32(65535)) / np.float32(65535), np.float32)


def _with_margin(box: tuple[int, int, int, int], width: int, height: int) -> tuple[int, ...]:
    left, top, across, down = box
    margin = max(_LEAST_MARGIN, max(across, down) // 4)
    right, bottom = min(width, left + across + margin), min(height, top + down + margin)
    return max(0, left - margin), max(0, top - margin), right, bottom


def _factor(width: int, height: int) -> float:
    whole = min(_WIDEST // width, _HIGHEST // height, _LARGEST_FACTOR)
    if whole >= 1:
        return float(whole)
    return 1 / max(-(-width // _WIDEST), -(-height // _HIGHEST))


def _enlarged(picture: npt.NDArray[np.uint8], factor: float) -> npt.NDArray[np.uint8]:
    if factor == 1:
        return picture
    if factor > 1:
        return picture.repeat(int(factor), axis=0).repeat(int(factor), axis=1)
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
