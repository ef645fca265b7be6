"""The decision that makes a mask: three numbers that belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.mask import forged_mask


@dataclass(frozen=True)
class Decision:
    """From which probability a pixel counts, and what a region must reach: see `plan.mask`.

    Attributes:
        threshold: Probability from which a pixel belongs to a region, in (0, 1).
        high_threshold: Probability that a region must reach, in (0, 1); `None` for a plain
            threshold.
        high_area: With how many pixels it must reach that, 1 or more.

    Example:
        >>> str(Decision(0.25, 0.9))
        '0.25, high threshold 0.9'
        >>> str(Decision(0.25, 0.9, 64))
        '0.25, high threshold 0.9 over 64 pixels'
    """

    threshold: float
    high_threshold: float | None = None
    high_area: int = 1

    def __str__(self) -> str:
        high = "" if self.high_threshold is None else f", high threshold {self.high_threshold:g}"
        return f"{self.threshold:g}{high}" + (
            "" if self.high_area == 1 else f" over {self.high_area} pixels"
        )

    def mask(self, probability: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Return the reported pixels of an H×W map, H×W bool: see `plan.mask`."""
        return forged_mask(probability, self.threshold, self.high_threshold, self.high_area)

    @property
    def judges_regions(self) -> bool:
        """Whether regions must be told apart to make the mask, and not pixels alone."""
        return self.high_area > 1 or (self.high_threshold or 0.0) > self.threshold

    @property
    def convincing(self) -> float:
        """Probability from which a pixel speaks for its region: never below the threshold."""
        return max(self.threshold, self.high_threshold or 0.0)
