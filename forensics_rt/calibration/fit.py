"""From observations to a calibration record."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.figures import mask_figures
from forensics_rt.calibration.folds import split_folds
from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.calibration.image import fit_images
from forensics_rt.calibration.media import fit_media
from forensics_rt.calibration.observations import Observation
from forensics_rt.calibration.pixel import best_decision, choose_decision
from forensics_rt.calibration.record import CalibrationRecord, Fitting, PixelCalibration
from forensics_rt.errors import CalibrationError

_log = logging.getLogger(__name__)


def fit_calibration(
    observations: Sequence[Observation],
    grid: DecisionGrid,
    before: Decision,
    fitted_on: Fitting,
    alarmed_allowed: float | None = None,
    by_medium: bool = False,
) -> CalibrationRecord:
    """Fit everything that the images can support; what they cannot is left out with its reason.

    Args:
        observations: Labeled images that the networks were not trained on, over one grid.
        grid: Its decisions, the plain threshold 0.5 and `before` among them.
        before: The decision in force.
        fitted_on: What the images are.
        alarmed_allowed: As for `pixel.choose_decision`.
        by_medium: Calibrate the scores of each medium by themselves too.

    Raises:
        CalibrationError: If fewer than two groups of images hold forged pixels.
    """
    if len({one.group for one in observations if one.forged}) < 2:
        raise CalibrationError(
            "calibration needs at least 2 forged images of different origin, but got "
            f"{sum(one.forged is True for one in observations)}; about ten are enough"
        )
    pixel = fit_pixels(observations, grid, before, alarmed_allowed)
    judged = [one for one in observations if one.forged is not None]
    lacking = [
        name
        for name, kind in (("forged", True), ("authentic", False))
        if len({one.group for one in judged if one.forged is kind}) < 2
    ]
    if lacking:
        reason = f"a probability needs at least 2 {lacking[0]} images of different origin"
        _log.warning("scores stay uncalibrated: %s", reason)
        return CalibrationRecord(pixel=pixel, image_reason=reason, fitted_on=fitted_on)
    return CalibrationRecord(
        pixel=pixel,
        image=fit_images(judged),
        media=fit_media(judged) if by_medium else None,
        fitted_on=fitted_on,
    )


def fit_pixels(
    observations: Sequence[Observation],
    grid: DecisionGrid,
    before: Decision,
    alarmed_allowed: float | None = None,
) -> PixelCalibration:
    """Choose the decision, and judge the rule of choice on images left out of it."""
    chosen = choose_decision(observations, grid, before, alarmed_allowed)
    count = len(observations)
    by_image = [chosen] * count
    for fitting, judging in split_folds(observations):
        kept = [observations[place] for place in fitting]
        # Relaxed, because what all images can keep to, a part of them may miss by one image.
        decision = choose_decision(kept, grid, before, alarmed_allowed, relaxed=True)
        for place in judging:
            by_image[place] = decision
    return PixelCalibration(
        threshold=chosen.threshold,
        high_threshold=chosen.high_threshold,
        high_area=chosen.high_area,
        fitted=mask_figures(observations, grid, by_image, shown=chosen),
        at_half=mask_figures(observations, grid, [Decision(0.5)] * count),
        before=mask_figures(observations, grid, [before] * count),
        best=mask_figures(observations, grid, [best_decision(observations, grid)] * count),
    )
