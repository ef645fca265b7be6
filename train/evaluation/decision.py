"""What turns probabilities into an answer, and how it is chosen on pages that are not reported."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.figures import ALARM_SHARE
from forensics_rt.calibration.observations import observe, threshold_grid
from forensics_rt.plan.mask import forged_mask
from train.metrics import without_kinds

WORTH = 0.9
"""Share of the best F1 that is not given up for the sake of fewer alarms."""


@dataclass(frozen=True)
class DecisionRule:
    """When pixels and images count as forged.

    Attributes:
        threshold: Probability from which a pixel belongs to a region.
        high_threshold: Probability that a region must reach somewhere; `None` for no such
            condition.
        operating_points: Calibrated ones: name, and raw score from which an image counts as forged.
    """

    threshold: float
    high_threshold: float | None = None
    operating_points: tuple[tuple[str, float], ...] = ()

    def mask(self, probability: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Return the reported pixels of an H×W map."""
        return forged_mask(probability, self.threshold, self.high_threshold)


HALF = DecisionRule(0.5)


class DecisionSearch:
    """Tries every pair of threshold and high threshold on tuning pages, one page at a time.

    Example:
        >>> search = DecisionSearch()
        >>> for page in pages:  # doctest: +SKIP
        ...     search.add(predict(page.image).probability, page.mask)
        >>> search.choose(alarms=0.05)  # doctest: +SKIP
        Decision(threshold=0.4, high_threshold=0.9, operating_points=())
    """

    def __init__(self) -> None:
        """Begin with no page."""
        self.grid = threshold_grid()
        self.pages = 0
        self.authentic_pages = 0
        self._forged = 0
        shape = (len(self.grid), len(self.grid))
        self._hits, self._false_alarms, self._alarmed = (np.zeros(shape, np.int64) for _ in "123")

    def add(self, probability: npt.NDArray[np.float32], mask: npt.NDArray[np.uint8]) -> None:
        """Count what every pair would report on a page.

        Args:
            probability: H×W float32 in [0, 1].
            mask: H×W uint8; 0 authentic, 255 not counted, else forged.
        """
        seen = observe(probability, without_kinds(mask), self.grid, "")
        self.pages += 1
        self._forged += seen.forged_pixels
        self._hits += seen.hits
        self._false_alarms += seen.false_alarms
        if seen.forged is False:
            self.authentic_pages += 1
            self._alarmed += seen.false_alarms > ALARM_SHARE * mask.size

    def choose(self, alarms: float = 0.05) -> DecisionRule:
        """Return the pair to use.

        Of the pairs that keep nine tenths of the best F1, those come first that alarm at most the
        given share of authentic pages, and of these the one of highest F1. If none is that quiet,
        the quietest pair that keeps nine tenths is taken, again the one of highest F1. Among equals
        the higher high threshold and then the higher threshold wins.

        Args:
            alarms: Share of authentic pages with more than a thousandth of their area reported.

        Raises:
            ValueError: If the pages hold nothing forged or no pair finds any of it.
        """
        misses = self._forged - self._hits
        f1 = 2 * self._hits / np.maximum(2 * self._hits + self._false_alarms + misses, 1)
        alarmed = self._alarmed / max(self.authentic_pages, 1)
        if not f1.any():
            raise ValueError(
                "the tuning pages must hold forged pixels that are found at some threshold, but "
                f"none of {self.pages} does; take more pages, or check the checkpoint"
            )
        worth = np.triu(
            f1 >= WORTH * f1.max()
        )  # a high threshold below the threshold means nothing
        quiet = worth & (alarmed <= alarms)
        if not quiet.any():
            quiet = worth & (alarmed == alarmed[worth].min())
        row, column = max(
            ((int(row), int(column)) for row, column in np.argwhere(quiet)),
            key=lambda pair: (f1[pair], pair[1], pair[0]),
        )
        return DecisionRule(self.grid[row], self.grid[column] if column > row else None)
