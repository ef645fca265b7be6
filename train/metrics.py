"""Figures of merit for masks and images, in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Counts:
    """Pixels by truth and answer; counts of several images add up.

    Attributes:
        hit: Forged and found.
        false_alarm: Untouched but reported.
        miss: Forged but not found.
        rest: Untouched and not reported.
    """

    hit: int = 0
    false_alarm: int = 0
    miss: int = 0
    rest: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Add up the pixels of two images."""
        return Counts(
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
        """Harmonic mean of precision and recall."""
        return 2 * self.hit / max(2 * self.hit + self.false_alarm + self.miss, 1)

    @property
    def iou(self) -> float:
        """Intersection over union of the forged class."""
        return self.hit / max(self.hit + self.false_alarm + self.miss, 1)


def count(found: npt.NDArray[np.bool_], marks: npt.NDArray[np.uint8]) -> Counts:
    """Compare an answer with marks.

    Args:
        found: H×W bool.
        marks: H×W uint8; 0 untouched, 255 not counted, else forged.

    Example:
        >>> count(np.array([[True, True]]), np.array([[1, 0]], np.uint8)).precision
        0.5
    """
    forged = (marks != 0) & (marks != 255)
    clean = marks == 0
    return Counts(
        int((found & forged).sum()),
        int((found & clean).sum()),
        int((~found & forged).sum()),
        int((~found & clean).sum()),
    )


def area_under_curve(scores: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Return the area under the ROC curve by rank sums (Mann and Whitney, 1947).

    Args:
        scores: One number per image; ties count half.
        positive: Truth per image.

    Returns:
        0..1, or nan if one class is missing.

    Example:
        >>> area_under_curve([0.1, 0.9], [False, True])
        1.0
    """
    values, truth = np.asarray(scores, np.float64), np.asarray(positive, bool)
    above, below = values[truth], values[~truth]
    if above.size == 0 or below.size == 0:
        return float("nan")
    wins = (above[:, None] > below[None]).sum() + 0.5 * (above[:, None] == below[None]).sum()
    return float(wins / (above.size * below.size))


def bootstrap_f1(counts: list[Counts], seed: int = 0, rounds: int = 1000) -> tuple[float, float]:
    """Return the central 95 % of the pooled F1 over resampled images (Efron, 1979).

    Args:
        counts: One entry per image.
        seed: Seed of the resampling.
        rounds: Number of resamplings.
    """
    table = np.array([[c.hit, c.false_alarm, c.miss] for c in counts], np.float64)
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(table), (rounds, len(table)))
    hit, false_alarm, miss = table[picks].sum(1).T
    scores = 2 * hit / np.maximum(2 * hit + false_alarm + miss, 1)
    return float(np.quantile(scores, 0.025)), float(np.quantile(scores, 0.975))
