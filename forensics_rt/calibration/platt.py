"""Platt scaling: a sigmoid of the log-odds of the raw score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.fitters import load_fitter
from forensics_rt.calibration.record import Platt
from forensics_rt.calibration.truth import check_both_kinds, smoothed_targets
from forensics_rt.calibration.verdict import log_odds


def fit_platt(raw_score: npt.ArrayLike, forged: npt.ArrayLike) -> Platt:
    """Fit p = 1 / (1 + exp(−(slope · log-odds of the raw score + intercept))).

    Platt, "Probabilistic outputs for support vector machines", 1999, with his targets
    (N₊ + 1) / (N₊ + 2) and 1 / (N₋ + 2) in place of 1 and 0, which keep a few perfectly separated
    images from giving certainty: scikit-learn's logistic regression without a penalty. The slope
    is never negative: where the raw score speaks against itself, or is the same for all images, it
    is 0, and every image gets the share of forged ones.

    Args:
        raw_score: N raw image scores in [0, 1].
        forged: N truths.

    Raises:
        CalibrationError: If one of the two kinds of image is missing.
        OptionalDependency: If scikit-learn is not installed.
    """
    scores, truth = check_both_kinds(raw_score, forged)
    values, targets = log_odds(scores), smoothed_targets(truth)
    mean = float(targets.mean())
    level = Platt(slope=0.0, intercept=float(np.log(mean / (1 - mean))))
    if values.min() == values.max():
        return level  # any slope would fit as well as any other
    model = load_fitter("linear_model").LogisticRegression(
        C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=1000
    )
    # An image with target q counts as q forged ones and 1 − q authentic ones.
    model.fit(
        np.concatenate([values, values])[:, None],
        np.repeat([True, False], len(values)),
        sample_weight=np.concatenate([targets, 1 - targets]),
    )
    slope, intercept = model.coef_.item(), model.intercept_.item()
    return Platt(slope=slope, intercept=intercept) if slope >= 0.0 else level
