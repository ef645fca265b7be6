"""Probability and verdict where forgeries are rarer, or commoner, than among labeled images."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np

from forensics_rt.calibration.record import (
    AbstainBand,
    CalibrationRecord,
    Fitting,
    ImageCalibration,
)
from forensics_rt.errors import CalibrationError


@dataclass(frozen=True)
class Prevalence:
    """The share of forged images among those to come, and among those of the calibration.

    The forged images to come must look like the forged ones of the calibration, and the authentic
    ones like its authentic ones: only how many there are of each may differ.

    Attributes:
        expected: Share among the images to come, above 0 and below 1.
        fitted: Share among the images that the calibration was fitted on, likewise.
    """

    expected: float
    fitted: float

    def adjust(self, probability: float) -> float:
        """Return the probability at the expected share that was `probability` at the fitted one.

        Bayes' rule with another prior: Saerens, Latinne and Decaestecker, "Adjusting the outputs of
        a classifier to new a priori probabilities", Neural Computation 14, 2002, equation 2.4.

        Example:
            >>> round(Prevalence(expected=0.01, fitted=0.5).adjust(0.95), 3)
            0.161
        """
        forged = probability * self.expected / self.fitted
        authentic = (1.0 - probability) * (1.0 - self.expected) / (1.0 - self.fitted)
        # 1 is the limit of a side that is never answered (`abstain`): rounding must not reach it.
        certain = np.nextafter(1.0, 0.0) if probability < 1.0 else 1.0
        return float(min(forged / (forged + authentic), certain))

    def limits(self, band: AbstainBand) -> tuple[float, float]:
        """Return the probabilities between which nobody can tell, at the expected share.

        The side whose answers become safer keeps its limit on the raw score, and answers besides
        wherever a probability says by itself that no more than the error allowed is wrong. On
        the other side the errors that were counted say the less, the further the shares lie
        apart: the limit moves by the same odds again, up to where a probability says so by itself.
        A side that was never answered stays so, unless so many images are on it that no more than
        the error allowed would be wrong even if it were the answer to all of them.

        Args:
            band: That of the calibration.

        Returns:
            Below the first an image counts as authentic, from the second on as forged.
        """
        low, high, allowed = band.low, band.high, band.error_allowed
        riskier = Prevalence(expected=self.fitted, fitted=self.expected).adjust
        if self.expected < self.fitted:
            lower = _safer(low, self.adjust(low), allowed, self.expected)
            return lower, max(high, min(riskier(high), 1.0 - allowed))
        if self.expected > self.fitted:
            upper = 1.0 - _safer(1.0 - high, 1.0 - self.adjust(high), allowed, 1.0 - self.expected)
            return min(low, max(riskier(low), allowed)), upper
        return low, high


def _safer(limit: float, adjusted: float, allowed: float, others: float) -> float:
    """Return the lower limit where `others`, the share that it must not reach, is less than fitted.

    The upper one is that of the complements.
    """
    by_itself = allowed if limit == 0.0 and others <= allowed else min(limit, allowed)
    return max(adjusted, by_itself)


def expect(record: CalibrationRecord | None, share: float | None) -> Prevalence | None:
    """Return what a share of forged images means for a calibration; `None` for no share.

    Raises:
        CalibrationError: If scores are not calibrated, or the share is no number between 0 and 1.
    """
    if share is None:
        return None
    given: object = share
    if not isinstance(given, Real) or not 0.0 < float(given) < 1.0:
        raise CalibrationError(
            "the prevalence must be the share of forged images, above 0 and below 1, but is "
            f"{share!r}; give 0.01 for one forged image in a hundred"
        )
    _, counted = calibrated_scores(record, "a prevalence")
    if not (counted.forged and counted.authentic):
        raise CalibrationError(
            "a prevalence needs a calibration on forged and authentic images, but it was fitted on "
            f"{counted.forged} forged and {counted.authentic} authentic ones"
        )
    # A plain float: one of numpy's does not go into JSON.
    return Prevalence(float(share), counted.forged / (counted.forged + counted.authentic))


def calibrated_scores(
    record: CalibrationRecord | None, wanted: str
) -> tuple[ImageCalibration, Fitting]:
    """Return the image part of a calibration, and what it was fitted on.

    Args:
        record: The calibration; `None` for none.
        wanted: What needs it, in words.

    Raises:
        CalibrationError: If there is none, or it is one of pixels alone.
    """
    if record is None or record.image is None:
        why = "there is no calibration" if record is None else str(record.image_reason)
        raise CalibrationError(
            f"{wanted} needs calibrated scores, but {why}; calibrate with `forensics-rt "
            "calibrate`, or leave it out"
        )
    return record.image, record.fitted_on
