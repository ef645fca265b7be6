"""The decision that makes a mask: two numbers that belong together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """From which probability a pixel counts, and what a region must reach: see `plan.mask`.

    Attributes:
        threshold: Probability from which a pixel belongs to a region, in (0, 1).
        peak: Probability that a region must reach somewhere, in (0, 1); `None` for a plain
            threshold.

    Example:
        >>> str(Decision(0.25, 0.9))
        '0.25, peak 0.9'
    """

    threshold: float
    peak: float | None = None

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.threshold:g}" + ("" if self.peak is None else f", peak {self.peak:g}")
