"""What a calibration makes of the raw score of one image."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.prevalence import Prevalence
from forensics_rt.calibration.record import (
    CalibrationRecord,
    ImageCalibration,
    ImageCalibrator,
    OperatingPoint,
    Platt,
)
from forensics_rt.calibration.scores import calibrated_scores
from forensics_rt.errors import CalibrationError

Floats = npt.NDArray[np.float64]
VerdictName = Literal["forged", "authentic", "uncertain", "not_applicable"]
# Raw scores come from float32: nearer to 0 or 1 than this it is rounding.
_NEAREST = 1e-6


def apply_calibrator(calibrator: ImageCalibrator, raw_score: npt.ArrayLike) -> Floats:
    """Return the probability that images of the given raw scores are forged.

    Args:
        calibrator: What `fit_platt` or `fit_isotonic` returned.
        raw_score: Raw image scores in [0, 1], of any shape.

    Example:
        >>> float(apply_calibrator(Platt(slope=1.0, intercept=0.0), 0.25).round(6))
        0.25
    """
    if isinstance(calibrator, Platt):
        certain = sigmoid(calibrator.slope * log_odds(raw_score) + calibrator.intercept)
        # 0 and 1 are the limits of sides that are never answered (`abstain`): rounding must reach
        # neither.
        return np.clip(certain, np.nextafter(0.0, 1.0), np.nextafter(1.0, 0.0))
    values = np.asarray(raw_score, np.float64)
    return np.asarray(np.interp(values, calibrator.raw_score, calibrator.probability), np.float64)


def log_odds(raw_score: npt.ArrayLike) -> Floats:
    """Return ln(e / (1 − e)) of raw scores in [0, 1], kept finite by 1e-6 at both ends."""
    kept = np.clip(np.asarray(raw_score, np.float64), _NEAREST, 1 - _NEAREST)
    return np.asarray(np.log(kept / (1 - kept)), np.float64)


def sigmoid(values: Floats) -> Floats:
    """Return 1 / (1 + e^−v) without overflow."""
    small = np.exp(-np.abs(values))
    return np.where(values >= 0, 1 / (1 + small), small / (1 + small))


def judge(
    calibration: ImageCalibration,
    raw_score: float,
    point: OperatingPoint | None = None,
    prevalence: Prevalence | None = None,
) -> tuple[float, VerdictName]:
    """Say how probable it is that an image is forged, and whether that is an answer.

    `forged` needs a probability from the upper end of the abstain band on, or with an operating
    point its raw score, whatever the probability; `authentic` needs a probability below the band.
    `not_applicable` is never given here: the medium of an image decides it, before any raw score.

    Args:
        calibration: The image part of a calibration.
        raw_score: Raw score of the image, in [0, 1].
        point: An operating point that has a limit.
        prevalence: How many images are forged; `None` for as many as in the calibration.

    Returns:
        Probability in [0, 1], and verdict.
    """
    probability = float(apply_calibrator(calibration.calibrator, raw_score))
    low, high = calibration.abstain.low, calibration.abstain.high
    if prevalence is not None:
        probability = prevalence.adjust(probability)
        low, high = prevalence.limits(calibration.abstain)
    if point is not None and point.raw_score is not None:
        reached = raw_score >= point.raw_score
    else:
        reached = probability >= high
    if reached:
        return probability, "forged"
    return probability, "authentic" if probability < low else "uncertain"


def find_operating_point(
    record: CalibrationRecord | None, name: str | None
) -> OperatingPoint | None:
    """Return the operating point of that name; `None` for no name.

    Raises:
        CalibrationError: If there is no calibration of scores, no such point, or no limit for it.
    """
    if name is None:
        return None
    image, _ = calibrated_scores(record, f"operating point {name!r}")
    points = {point.name: point for point in image.operating_points}
    if name not in points:
        raise CalibrationError(f"no operating point {name!r}; there are: {', '.join(points)}")
    if points[name].reason is not None:
        raise CalibrationError(
            f"operating point {name!r} was not supported by the images of the calibration: "
            f"{points[name].reason}; calibrate with more, or take another point"
        )
    return points[name]
