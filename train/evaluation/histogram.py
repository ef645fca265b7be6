"""Probabilities of pixels, counted instead of kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from train.evaluation.ranking import Ranking
from train.metrics import forged_pixels

# A power of two: k / BINS is exact in float32, so `probability >= k / BINS` is `bin >= k`.
BINS = 1024


@dataclass(frozen=True, eq=False)
class PixelHistogram:
    """Authentic and forged pixels by probability; histograms of several images add up.

    Attributes:
        authentic: `BINS` numbers; entry k counts probabilities in [k, k + 1) / BINS, the last one
            1.0 as well.
        forged: The same of forged pixels.
    """

    authentic: npt.NDArray[np.int64]
    forged: npt.NDArray[np.int64]

    @classmethod
    def empty(cls) -> PixelHistogram:
        """Return a histogram of no pixels."""
        return cls(np.zeros(BINS, np.int64), np.zeros(BINS, np.int64))

    @classmethod
    def of(
        cls, probability: npt.NDArray[np.float32], mask: npt.NDArray[np.uint8]
    ) -> PixelHistogram:
        """Count the pixels of one image; those marked 255 are left out.

        Args:
            probability: H×W float32 in [0, 1].
            mask: H×W uint8; 0 authentic, 255 not counted, else forged.
        """
        bins = bins_of(probability)
        return cls(count_bins(bins[mask == 0]), count_bins(bins[forged_pixels(mask)]))

    def __add__(self, other: PixelHistogram) -> PixelHistogram:
        """Put the pixels of two images together."""
        return PixelHistogram(self.authentic + other.authentic, self.forged + other.forged)

    def ranking(self) -> Ranking:
        """Return the pixels as a ranking by the lower edges of the bins that hold any."""
        held = np.flatnonzero(self.authentic + self.forged)
        return Ranking(held / BINS, self.authentic[held], self.forged[held])


def bins_of(probability: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    """Return the bin of every pixel: an array of the same shape, 0 to `BINS` − 1.

    Raises:
        ValueError: If a value is no number from 0 to 1.
    """
    if not (probability.min(initial=0) >= 0 and probability.max(initial=0) <= 1):
        low, high = float(probability.min()), float(probability.max())
        raise ValueError(f"probabilities must lie between 0 and 1, but reach from {low} to {high}")
    bins: npt.NDArray[np.int32] = (probability * np.float32(BINS)).astype(np.int32)
    return np.minimum(bins, BINS - 1)


def count_bins(bins: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return how many of the given bins there are of each: `BINS` numbers."""
    return np.bincount(bins.ravel(), minlength=BINS).astype(np.int64)
