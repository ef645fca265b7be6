"""How far a probability is from the truth: expected calibration error and log loss."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BINS = 15
# Nearer to 0 or 1 than this a probability is a rounding error, and its logarithm may be infinite.
_NEAREST = 1e-6


def expected_calibration_error(
    probability: npt.NDArray[np.float64], forged: npt.NDArray[np.bool_], bins: int = BINS
) -> float:
    """Return the mean over bins of |share of forged images − mean probability|, by size.

    Equation 3 of Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML
    2017, for the probability that an image is forged, over bins of equal width. With few images it
    comes out too high, because a bin of one image is never right.

    Args:
        probability: N probabilities.
        forged: N truths.
        bins: How many bins [0, 1] is cut into.

    Example:
        >>> truth = np.array([True, True, False, True])
        >>> expected_calibration_error(np.full(4, 0.75), truth)
        0.0
    """
    place = np.minimum((probability * bins).astype(np.intp), bins - 1)
    gaps = np.bincount(place, forged - probability, minlength=bins)
    return float(np.abs(gaps).sum() / len(probability))


def log_loss(probability: npt.NDArray[np.float64], forged: npt.NDArray[np.bool_]) -> float:
    """Return the mean of −ln(probability given to the truth), in nats.

    Probabilities are kept within [1e-6, 1 − 1e-6], so that one certainty that is wrong costs at
    most 13.8 / N and not everything.

    Args:
        probability: N probabilities in [0, 1].
        forged: N truths.
    """
    kept = np.clip(probability, _NEAREST, 1 - _NEAREST)
    of_truth = np.where(forged, kept, 1 - kept)
    return float(-np.log(of_truth).mean())
