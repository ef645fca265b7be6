"""What turns probabilities into an answer, and how it is chosen on pages that are not reported."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.figures import ALARM_SHARE
from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.calibration.observations import observe
from train.metrics import without_kinds

WORTH = 0.9
"""Share of the best F1 that is not given up for the sake of fewer alarms."""


@dataclass(frozen=True)
class DecisionRule(Decision):
    """When pixels and images count as forged.

    Attributes:
        operating_points: Calibrated ones: name, and raw score from which an image counts as forged.
    """

    operating_points: tuple[tuple[str, float], ...] = ()


HALF = DecisionRule(0.5)


class DecisionSearch:
    """Tries every decision of a grid on tuning pages, one page at a time.

    Example:
        >>> search = DecisionSearch()
        >>> for page in pages:  # doctest: +SKIP
        ...     search.add(predict(page.image).probability, page.mask)
        >>> search.choose(alarms=0.05)  # doctest: +SKIP
        DecisionRule(threshold=0.4, high_threshold=0.9, high_area=16, operating_points=())
    """

    def __init__(self) -> None:
        """Begin with no page."""
        self.grid = DecisionGrid()
        self.pages = 0
        self.authentic_pages = 0
        self._forged = 0
        self._hits, self._false_alarms, self._alarmed = np.zeros((3, *self.grid.shape), np.int64)

    def add(self, probability: npt.NDArray[np.float32], mask: npt.NDArray[np.uint8]) -> None:
        """Count what every decision would report on a page.

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
        """Return the decision to use.

        Of those that keep nine tenths of the best F1, those come first that alarm at most the given
        share of authentic pages, and of these the one of highest F1. If none is that quiet, the
        quietest that keeps nine tenths is taken, again the one of highest F1. Among equals the
        higher high threshold wins, then the higher threshold, then the smaller area.

        Args:
            alarms: Share of authentic pages with more than a thousandth of their area reported.

        Raises:
            ValueError: If the pages hold nothing forged or no decision finds any of it.
        """
        misses = self._forged - self._hits
        f1 = 2 * self._hits / np.maximum(2 * self._hits + self._false_alarms + misses, 1)
        alarmed = self._alarmed / max(self.authentic_pages, 1)
        if not f1.any():
            raise ValueError(
                "the tuning pages must hold forged pixels that are found at some threshold, but "
                f"none of {self.pages} does; take more pages, or check the checkpoint"
            )
        worth = self.grid.decisions & (f1 >= WORTH * f1.max())
        quiet = worth & (alarmed <= alarms)
        if not quiet.any():
            quiet = worth & (alarmed == alarmed[worth].min())
        place = max(
            ((int(row), int(column), int(plane)) for row, column, plane in np.argwhere(quiet)),
            key=lambda at: (f1[at], at[1], at[0], -at[2]),
        )
        return DecisionRule(**asdict(self.grid.decision_at(place)))
