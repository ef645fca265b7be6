"""What follows from how authentic and forged ones share out over the thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from train.metrics import PixelCounts

Numbers = npt.NDArray[np.int64]
Curve = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranking:
    """How many authentic and forged ones have each score. Pixels or images: the sums are the same.

    Attributes:
        thresholds: Distinct scores, rising.
        authentic: Number of authentic ones with each score.
        forged: Number of forged ones with each score.

    Example:
        >>> Ranking.of_scores([0.1, 0.4, 0.35, 0.8], [False, False, True, True]).auc
        0.75
    """

    thresholds: Curve
    authentic: Numbers
    forged: Numbers

    @classmethod
    def of_scores(cls, scores: npt.ArrayLike, forged: npt.ArrayLike) -> Ranking:
        """Rank one score per image; equal scores are one threshold.

        Args:
            scores: N numbers.
            forged: N truths.
        """
        truth = np.asarray(forged, bool)
        values, place = np.unique(np.asarray(scores, np.float64), return_inverse=True)
        numbers = [np.bincount(place[mask], minlength=len(values)) for mask in (~truth, truth)]
        return cls(values, numbers[0].astype(np.int64), numbers[1].astype(np.int64))

    @cached_property
    def hits(self) -> Numbers:
        """Forged ones that score at least each threshold."""
        return np.cumsum(self.forged[::-1])[::-1]

    @cached_property
    def false_alarms(self) -> Numbers:
        """Authentic ones that score at least each threshold."""
        return np.cumsum(self.authentic[::-1])[::-1]

    @property
    def decidable(self) -> bool:
        """True if both classes occur."""
        return bool(self.authentic.any() and self.forged.any())

    @cached_property
    def auc(self) -> float:
        """Area under the ROC curve by rank sums, ties half (Mann and Whitney, 1947); or nan."""
        if not self.decidable:
            return float("nan")
        below = np.cumsum(self.authentic) - self.authentic
        # Floats: the product of two pixel counts of a large set exceeds 64 bits.
        wins = (self.forged * (below + self.authentic / 2)).sum()
        return float(wins / float(self.forged.sum()) / float(self.authentic.sum()))

    @cached_property
    def average_precision(self) -> float:
        """Sum of precision × gain of recall over the thresholds; nan if none is forged."""
        if not self.forged.any():
            return float("nan")
        precision = self.hits / np.maximum(self.hits + self.false_alarms, 1)
        return float((precision * self.forged).sum() / self.forged.sum())

    def roc(self) -> tuple[Curve, Curve]:
        """Return false-positive and true-positive rates, from (0, 0) to (1, 1)."""
        rates = (self.false_alarms / max(self.authentic.sum(), 1), self.hits / self._positives)
        false, true = (np.concatenate([[0.0], rate[::-1]]) for rate in rates)
        return false, true

    def precision_recall(self) -> tuple[Curve, Curve]:
        """Return recall and precision, from recall 0 upwards; precision begins at 1."""
        precision = self.hits / np.maximum(self.hits + self.false_alarms, 1)
        recall = self.hits / self._positives
        return np.concatenate([[0.0], recall[::-1]]), np.concatenate([[1.0], precision[::-1]])

    def counts_at(self, threshold: float) -> PixelCounts:
        """Return the counts if everything that scores at least `threshold` is reported."""
        place = int(np.searchsorted(self.thresholds, threshold, side="left"))
        hit = int(self.forged[place:].sum())
        false_alarm = int(self.authentic[place:].sum())
        return PixelCounts(
            hit,
            false_alarm,
            int(self.forged.sum()) - hit,
            int(self.authentic.sum()) - false_alarm,
        )

    def best_f1(self) -> tuple[float, PixelCounts]:
        """Return the threshold of the highest F1, the highest of equals, and its counts.

        Raises:
            ValueError: If there is nothing to rank.
        """
        if not len(self.thresholds):
            raise ValueError("a ranking must hold at least one score, but is empty")
        f1 = 2 * self.hits / np.maximum(self.hits + self.false_alarms + self.forged.sum(), 1)
        place = len(f1) - 1 - int(np.argmax(f1[::-1]))
        threshold = float(self.thresholds[place])
        return threshold, self.counts_at(threshold)

    @property
    def _positives(self) -> int:
        return max(int(self.forged.sum()), 1)
