"""Fitting what makes the raw score of an image the probability that it is forged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.abstain import abstain_band
from forensics_rt.calibration.calibration_error import expected_calibration_error, log_loss
from forensics_rt.calibration.fitters import Bools, fit_isotonic, fit_platt
from forensics_rt.calibration.folds import split_folds
from forensics_rt.calibration.observations import Observation
from forensics_rt.calibration.operating_points import operating_points
from forensics_rt.calibration.record import ImageCalibration, ImageCalibrator
from forensics_rt.calibration.verdict import Floats, apply_calibrator

FitCalibrator = Callable[[npt.ArrayLike, npt.ArrayLike], ImageCalibrator]

# Isotonic regression has as many parameters as it has steps: below this it learns the images.
ISOTONIC_IMAGES = 200
ISOTONIC_OF_EACH_KIND = 50


def fit_images(observations: Sequence[Observation]) -> ImageCalibration:
    """Fit the probability, and from held-out probabilities its error and the abstain band.

    The calibrator is Platt's; from 200 images on, 50 of each kind, isotonic regression takes its
    place if its cross-validated log loss is lower.

    Args:
        observations: Images that are known to be forged or authentic, both kinds in two groups.
    """
    raw_score = np.array([one.raw_score for one in observations], np.float64)
    forged = np.array([bool(one.forged) for one in observations])
    fit: FitCalibrator = fit_platt
    held_out = _held_out(fit_platt, observations, raw_score, forged)
    enough = len(forged) >= ISOTONIC_IMAGES
    if enough and min(forged.sum(), (~forged).sum()) >= ISOTONIC_OF_EACH_KIND:
        isotonic = _held_out(fit_isotonic, observations, raw_score, forged)
        if log_loss(isotonic, forged) < log_loss(held_out, forged):
            fit, held_out = fit_isotonic, isotonic
    calibrator = fit(raw_score, forged)
    return ImageCalibration(
        calibrator=calibrator,
        ece=expected_calibration_error(held_out, forged),
        ece_of_raw_score=expected_calibration_error(raw_score, forged),
        log_loss=log_loss(held_out, forged),
        abstain=abstain_band(held_out, forged),
        operating_points=operating_points(observations),
    )


def _held_out(
    fit: FitCalibrator,
    observations: Sequence[Observation],
    raw_score: Floats,
    forged: Bools,
) -> Floats:
    probability = np.empty(len(raw_score))
    for fitting, judging in split_folds(observations):
        calibrator = fit(raw_score[fitting], forged[fitting])
        probability[judging] = apply_calibrator(calibrator, raw_score[judging])
    return probability
