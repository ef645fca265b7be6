"""Fitting what makes a raw score a probability: Platt's sigmoid, isotonic regression.

scikit-learn fits; applying a calibration needs numpy alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.record import Isotonic, Platt
from forensics_rt.calibration.verdict import Floats, log_odds
from forensics_rt.errors import CalibrationError
from forensics_rt.io.optional import load_optional

Bools = npt.NDArray[np.bool_]


def load_fitter(module: str) -> Any:
    """Import a module of scikit-learn or of scipy, which comes with it.

    Args:
        module: Its name, such as `sklearn.linear_model`.

    Raises:
        OptionalDependency: If scikit-learn is not installed.

    Example:
        >>> load_fitter("sklearn.isotonic").__name__
        'sklearn.isotonic'
    """
    return load_optional(module, "calibrate", "fitting a calibration")


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
    scores, truth = _checked(raw_score, forged)
    values, targets = log_odds(scores), _smoothed_targets(truth)
    mean = float(targets.mean())
    level = Platt(slope=0.0, intercept=float(np.log(mean / (1 - mean))))
    if values.min() == values.max():
        return level  # any slope would fit as well as any other
    model = load_fitter("sklearn.linear_model").LogisticRegression(
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
    scores, truth = _checked(raw_score, forged)
    targets = _smoothed_targets(truth)
    model = load_fitter("sklearn.isotonic").IsotonicRegression(
        y_min=targets.min(), y_max=targets.max()
    )
    model.fit(scores, truth)
    return Isotonic(
        raw_score=tuple(model.X_thresholds_.tolist()),
        probability=tuple(model.y_thresholds_.tolist()),
    )


def _checked(raw_score: npt.ArrayLike, forged: npt.ArrayLike) -> tuple[Floats, Bools]:
    scores, truth = np.asarray(raw_score, np.float64), np.asarray(forged, bool)
    if truth.all() or not truth.any():
        raise CalibrationError(
            "a probability must be fitted on forged and on authentic images, but "
            f"{int(truth.sum())} of {len(truth)} are forged; add some of the other kind"
        )
    return scores, truth


def _smoothed_targets(forged: Bools) -> Floats:
    """Return Platt's targets: (N₊ + 1) / (N₊ + 2) for forged images, 1 / (N₋ + 2) for the rest."""
    count = int(forged.sum())
    return np.where(forged, (count + 1) / (count + 2), 1 / (len(forged) - count + 2))
