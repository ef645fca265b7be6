"""Platt scaling: a sigmoid of the log-odds of the raw score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.record import Platt
from forensics_rt.calibration.truth import Floats, check_both_kinds, smoothed_targets

# Raw scores come from float32: nearer to 0 or 1 than this it is rounding.
_NEAREST = 1e-6


def fit_platt(raw_score: npt.ArrayLike, forged: npt.ArrayLike) -> Platt:
    """Fit p = 1 / (1 + exp(−(slope · log-odds of the raw score + intercept))).

    Platt, "Probabilistic outputs for support vector machines", 1999, with his targets
    (N₊ + 1) / (N₊ + 2) and 1 / (N₋ + 2) in place of 1 and 0, which keep a few perfectly separated
    images from giving certainty. The slope is never negative: where the raw score speaks against
    itself it is 0, and every image gets the share of forged ones.

    Args:
        raw_score: N raw image scores in [0, 1].
        forged: N truths.

    Raises:
        CalibrationError: If one of the two kinds of image is missing.
    """
    scores, truth = check_both_kinds(raw_score, forged)
    targets = smoothed_targets(truth)
    slope, intercept = newton_sigmoid(log_odds(scores), targets)
    if slope < 0.0:
        mean = float(targets.mean())
        slope, intercept = 0.0, float(np.log(mean / (1 - mean)))
    return Platt(slope=slope, intercept=intercept)


def log_odds(raw_score: npt.ArrayLike) -> Floats:
    """Return ln(e / (1 − e)) of raw scores in [0, 1], kept finite by 1e-6 at both ends."""
    kept = np.clip(np.asarray(raw_score, np.float64), _NEAREST, 1 - _NEAREST)
    return np.asarray(np.log(kept / (1 - kept)), np.float64)


def newton_sigmoid(values: Floats, targets: Floats) -> tuple[float, float]:
    """Minimize the cross entropy between σ(slope · value + intercept) and targets in (0, 1).

    Newton's method with backtracking: Lin, Lin and Weng, "A note on Platt's probabilistic outputs
    for support vector machines", Machine Learning 68, 2007, algorithm 1; written so that no value
    overflows.

    Args:
        values: N finite numbers.
        targets: N probabilities.

    Returns:
        Slope and intercept.
    """
    design = np.stack([values, np.ones_like(values)], axis=1)
    mean = float(targets.mean())
    weights = np.array([0.0, np.log(mean / (1 - mean))])
    loss = _cross_entropy(design @ weights, targets)
    for _ in range(100):
        probability = sigmoid(design @ weights)
        gradient = design.T @ (probability - targets)
        if np.abs(gradient).max() < 1e-10:
            break
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design
        step = -np.linalg.solve(curvature + 1e-12 * np.eye(2), gradient)
        size = 1.0
        while size > 1e-10:
            moved = weights + size * step
            reached = _cross_entropy(design @ moved, targets)
            if reached <= loss + 1e-4 * size * float(gradient @ step):
                break
            size /= 2
        else:
            break  # no step of floating-point size improves further: this is the minimum
        weights, loss = moved, reached
    return float(weights[0]), float(weights[1])


def sigmoid(values: Floats) -> Floats:
    """Return 1 / (1 + e^−v) without overflow."""
    small = np.exp(-np.abs(values))
    return np.where(values >= 0, 1 / (1 + small), small / (1 + small))


def _cross_entropy(values: Floats, targets: Floats) -> float:
    return float((np.logaddexp(0.0, values) - targets * values).sum())
