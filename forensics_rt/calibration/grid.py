"""The decisions that calibration chooses from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.decision import Decision

# Dense towards both ends, because confident networks crowd there.
THRESHOLDS = (
    *(0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1),
    *(round(0.05 * step, 2) for step in range(3, 18)),
    *(0.9, 0.925, 0.95, 0.97, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9965, 0.998, 0.999),
)
# A pixel, and about the pixels of a comma, of a digit and of a short word in a scan of 150 dpi.
AREAS = (1, 16, 64, 256)


@dataclass(frozen=True)
class DecisionGrid:
    """Every decision of T thresholds, T high thresholds and A areas.

    Tables over a grid have the shape T×T×A: entry [i, j, k] belongs to threshold `thresholds[i]`,
    high threshold `thresholds[j]` and `areas[k]`. For j = i there is no high threshold, and for
    j < i no decision.

    Attributes:
        thresholds: Rising, at most 254, each in (0, 1).
        areas: Rising, from 1 on.

    Example:
        >>> DecisionGrid((0.3, 0.8), (1, 9)).decision_at((0, 1, 1))
        Decision(threshold=0.3, high_threshold=0.8, high_area=9)
    """

    thresholds: tuple[float, ...] = THRESHOLDS
    areas: tuple[int, ...] = AREAS

    @classmethod
    def around(cls, *decisions: Decision) -> DecisionGrid:
        """Return the usual grid, with the numbers of the given decisions on it too."""
        also = {
            number
            for one in decisions
            for number in (one.threshold, one.high_threshold)
            if number is not None
        }
        areas = {*AREAS, *(one.high_area for one in decisions)}
        return cls(tuple(sorted({*THRESHOLDS, *also})), tuple(sorted(areas)))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of its tables."""
        return len(self.thresholds), len(self.thresholds), len(self.areas)

    @property
    def decisions(self) -> npt.NDArray[np.bool_]:
        """Where in a table there is a decision: T×T×A."""
        return np.broadcast_to(np.triu(np.ones(self.shape[:2], bool))[..., None], self.shape)

    def place(self, decision: Decision) -> tuple[int, int, int]:
        """Return where a decision of the grid has its entry."""
        row = self.thresholds.index(decision.threshold)
        # A high threshold at or below the threshold is none.
        column = self.thresholds.index(decision.convincing)
        return row, column, self.areas.index(decision.high_area)

    def decision_at(self, place: tuple[int, ...]) -> Decision:
        """Return the decision of an entry: on the diagonal without a high threshold."""
        row, column, plane = place
        high = self.thresholds[column] if column > row else None
        return Decision(self.thresholds[row], high, self.areas[plane])

    def best(self, scores: npt.NDArray[np.float64]) -> tuple[int, int, int]:
        """Return the place of the highest score among the decisions: the first of equals."""
        among = np.where(self.decisions, scores, -np.inf)
        row, column, plane = np.unravel_index(int(among.argmax()), among.shape)
        return int(row), int(column), int(plane)

    def distances(self, decision: Decision) -> npt.NDArray[np.float64]:
        """Return how far each decision lies from one of the grid: T×T×A.

        The distance adds up how the log-odds of both thresholds and the logarithms of the areas
        differ.
        """
        values, areas = np.asarray(self.thresholds), np.log(np.asarray(self.areas, np.float64))
        odds = np.log(values / (1 - values))
        row, column, plane = self.place(decision)
        rows, columns, planes = (
            np.abs(axis - axis[here])
            for axis, here in ((odds, row), (odds, column), (areas, plane))
        )
        return np.asarray(rows[:, None, None] + columns[None, :, None] + planes)
