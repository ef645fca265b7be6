"""The decision that makes a mask: two numbers that belong together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """From which probability a pixel counts, and what a region must reach: see `plan.mask`.

    Attributes:
        threshold: Probability from which a pixel belongs to a region, in (0, 1).
        high_threshold: Probability that a region must reach somewhere, in (0, 1); `None` for a
            plain threshold.

    Example:
        >>> str(Decision(0.25, 0.9))
        '0.25, high threshold 0.9'
    """

    threshold: float
    high_threshold: float | None = None

    def __str__(self) -> str:
        return f"{self.threshold:g}" + (
            "" if self.high_threshold is None else f", high threshold {self.high_threshold:g}"
        )
