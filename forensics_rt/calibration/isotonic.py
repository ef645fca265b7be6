"""Isotonic regression: the rising function that fits best."""

from __future__ import annotations

import numpy.typing as npt

from forensics_rt.calibration.fitters import load_fitter
from forensics_rt.calibration.record import Isotonic
from forensics_rt.calibration.truth import check_both_kinds, smoothed_targets


def fit_isotonic(raw_score: npt.ArrayLike, forged: npt.ArrayLike) -> Isotonic:
    """Fit the rising function of the raw score with the least squared error.

    Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability
    estimates", KDD 2002, by scikit-learn; between its knots it is linear. Its ends are drawn in to
    Platt's targets, because no number of images proves a probability of 0 or 1.

    Args:
        raw_score: N raw image scores in [0, 1].
        forged: N truths.

    Raises:
        CalibrationError: If one of the two kinds of image is missing.
        OptionalDependency: If scikit-learn is not installed.

    Example:
        >>> fit_isotonic([0.1, 0.2, 0.3, 0.4], [False, True, False, True]).probability
        (0.25, 0.5, 0.5, 0.75)
    """
    scores, truth = check_both_kinds(raw_score, forged)
    targets = smoothed_targets(truth)
    model = load_fitter("isotonic").IsotonicRegression(y_min=targets.min(), y_max=targets.max())
    model.fit(scores, truth)
    return Isotonic(
        raw_score=tuple(model.X_thresholds_.tolist()),
        probability=tuple(model.y_thresholds_.tolist()),
    )
