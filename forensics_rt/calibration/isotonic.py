"""Isotonic regression: the rising function that fits best."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.record import Isotonic
from forensics_rt.calibration.truth import Floats, check_both_kinds, smoothed_targets


def fit_isotonic(raw_score: npt.ArrayLike, forged: npt.ArrayLike) -> Isotonic:
    """Fit the rising function of the raw score with the least squared error.

    Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability
    estimates", KDD 2002, by pool-adjacent-violators; between its knots it is linear. Its ends are
    drawn in to Platt's targets, because no number of images proves a probability of 0 or 1.

    Args:
        raw_score: N raw image scores in [0, 1].
        forged: N truths.

    Raises:
        CalibrationError: If one of the two kinds of image is missing.
    """
    scores, truth = check_both_kinds(raw_score, forged)
    knots, rates = pool_adjacent_violators(scores, truth.astype(np.float64))
    targets = smoothed_targets(truth)
    rates = np.clip(rates, targets.min(), targets.max())
    return Isotonic(raw_score=tuple(knots.tolist()), probability=tuple(rates.tolist()))


def pool_adjacent_violators(values: Floats, responses: Floats) -> tuple[Floats, Floats]:
    """Return the knots of the non-decreasing step fit: both ends of every block.

    Equal values are averaged first, and never torn apart.

    Args:
        values: N numbers.
        responses: N numbers to fit.

    Returns:
        K rising values and K non-decreasing fits.

    Example:
        >>> pool_adjacent_violators(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]))
        (array([1., 2., 3.]), array([0. , 0.5, 0.5]))
    """
    unique, places = np.unique(values, return_inverse=True)
    sizes = np.bincount(places).astype(np.float64)
    means = np.bincount(places, responses) / sizes
    blocks: list[tuple[float, float, int, int]] = []  # mean, weight, first, last
    for index, (mean, weight) in enumerate(zip(means.tolist(), sizes.tolist(), strict=True)):
        first = index
        while blocks and blocks[-1][0] >= mean:
            before, before_weight, first, _ = blocks.pop()
            mean = (before * before_weight + mean * weight) / (before_weight + weight)
            weight += before_weight
        blocks.append((mean, weight, first, index))
    knots = [(index, mean) for mean, _, a, b in blocks for index in sorted({a, b})]
    return unique[[index for index, _ in knots]], np.array([mean for _, mean in knots])
