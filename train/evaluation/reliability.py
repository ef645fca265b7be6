"""Whether what is called 70 % sure is forged 70 times in a hundred."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.calibration_error import BINS as SCORE_STEPS
from train.evaluation.histogram import BINS, PixelHistogram

STEPS = 16


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram; steps without any member are left out.

    Attributes:
        stated: Mean stated probability of each step.
        observed: Share of forged ones in it.
        members: How many fell into it.
    """

    stated: tuple[float, ...]
    observed: tuple[float, ...]
    members: tuple[int, ...]

    @property
    def error(self) -> float:
        """Expected calibration error (Naeini et al., AAAI 2015), 0 to 1; nan if there is nothing.

        The mean distance between stated and observed, weighted by the members.
        """
        if not self.members:
            return float("nan")
        distance = np.abs(np.subtract(self.stated, self.observed))
        return float(np.average(distance, weights=self.members))


def pixel_reliability(histogram: PixelHistogram) -> Reliability:
    """Return the diagram of pixels in 16 equal steps.

    A pixel stands for the middle of its bin, which moves a stated probability by at most
    half a bin, 1/2048.
    """
    middles = (np.arange(BINS) + 0.5) / BINS
    return _diagram(middles, histogram.authentic, histogram.forged, STEPS)


def score_reliability(
    scores: npt.ArrayLike, forged: npt.ArrayLike, steps: int = SCORE_STEPS
) -> Reliability:
    """Return the diagram of image scores in [0, 1], in equal steps: those of `calibrate`."""
    truth = np.asarray(forged, bool)
    return _diagram(np.asarray(scores, np.float64), ~truth, truth, steps)


def _diagram(
    values: npt.NDArray[np.float64],
    authentic: npt.NDArray[np.generic],
    forged: npt.NDArray[np.generic],
    steps: int,
) -> Reliability:
    step = np.minimum((values * steps).astype(np.int64), steps - 1)
    negatives, positives = (
        np.bincount(step, weights=numbers.astype(np.float64), minlength=steps)
        for numbers in (authentic, forged)
    )
    both = authentic.astype(np.float64) + forged.astype(np.float64)
    members = negatives + positives
    stated = np.bincount(step, weights=values * both, minlength=steps)
    held = members > 0
    return Reliability(
        tuple((stated[held] / members[held]).tolist()),
        tuple((positives[held] / members[held]).tolist()),
        tuple(int(number) for number in members[held]),
    )
