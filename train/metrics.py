"""Pixels by truth and answer, and the figures of merit that follow from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.io.pairs import IGNORE


@dataclass(frozen=True)
class PixelCounts:
    """Pixels by truth and answer; counts of several images add up.

    Attributes:
        hit: Forged and found.
        false_alarm: Authentic but reported.
        miss: Forged but not found.
        rest: Authentic and not reported.
    """

    hit: int = 0
    false_alarm: int = 0
    miss: int = 0
    rest: int = 0

    def __add__(self, other: PixelCounts) -> PixelCounts:
        """Add up the pixels of two images."""
        return PixelCounts(
            self.hit + other.hit,
            self.false_alarm + other.false_alarm,
            self.miss + other.miss,
            self.rest + other.rest,
        )

    @property
    def precision(self) -> float:
        """Share of reported pixels that are forged; 0 if none is reported."""
        return self.hit / max(self.hit + self.false_alarm, 1)

    @property
    def recall(self) -> float:
        """Share of forged pixels that are reported; 0 if none is forged."""
        return self.hit / max(self.hit + self.miss, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 if nothing is forged and nothing reported."""
        return 2 * self.hit / max(2 * self.hit + self.false_alarm + self.miss, 1)

    @property
    def iou(self) -> float:
        """Intersection over union of the forged class; 0 if nothing is forged nor reported."""
        return self.hit / max(self.hit + self.false_alarm + self.miss, 1)

    @property
    def mcc(self) -> float:
        """Correlation of truth and answer, −1 to 1 (Matthews, 1975); 0 where it is undefined."""
        squared = (
            (self.hit + self.false_alarm)
            * (self.hit + self.miss)
            * (self.rest + self.false_alarm)
            * (self.rest + self.miss)
        )
        agreement = self.hit * self.rest - self.false_alarm * self.miss
        return agreement / math.sqrt(squared) if squared else 0.0

    @property
    def competition_score(self) -> float:
        """F1 + IoU, by which the Tianchi forgery localization challenge ranked; 0 to 2."""
        return self.f1 + self.iou

    @property
    def alarm_area(self) -> float:
        """Share of the authentic pixels that are reported; 0 if none is authentic."""
        return self.false_alarm / max(self.false_alarm + self.rest, 1)


def forged_pixels(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return where a mask (0 authentic, 255 not counted) says forged: H×W bool."""
    forged: npt.NDArray[np.bool_] = (mask != 0) & (mask != IGNORE)
    return forged


def without_kinds(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a mask that says 1 for whatever was forged in it, and 0 and 255 as before."""
    return np.where(forged_pixels(mask), np.uint8(1), mask)


def count(found: npt.NDArray[np.bool_], mask: npt.NDArray[np.uint8]) -> PixelCounts:
    """Compare an answer with a mask.

    Args:
        found: H×W bool.
        mask: H×W uint8; 0 authentic, 255 not counted, else forged.

    Example:
        >>> count(np.array([[True, True]]), np.array([[1, 0]], np.uint8)).precision
        0.5
    """
    forged = forged_pixels(mask)
    authentic = mask == 0
    return PixelCounts(
        int((found & forged).sum()),
        int((found & authentic).sum()),
        int((~found & forged).sum()),
        int((~found & authentic).sum()),
    )
