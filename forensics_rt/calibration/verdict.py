"""What a calibration makes of the raw score of one image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.file import calibration_id
from forensics_rt.calibration.prevalence import Prevalence, calibrated_scores
from forensics_rt.calibration.record import (
    CalibrationRecord,
    ImageCalibration,
    ImageCalibrator,
    MediumCalibration,
    OperatingPoint,
    Platt,
)
from forensics_rt.errors import CalibrationError
from forensics_rt.io.medium.kinds import UNKNOWN, Medium
from forensics_rt.recipe import Recipe

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


@dataclass(frozen=True)
class Judgment:
    """What is said of an image as a whole.

    Attributes:
        score: Probability that it is forged; without a calibration the raw score.
        verdict: `None` without a calibration.
        reason: Why there is no answer, where the kind of image alone is the reason; else `None`.
    """

    score: float
    verdict: VerdictName | None
    reason: str | None = None


@dataclass(frozen=True)
class Rules:
    """What makes score and verdict of images of one medium, or of all.

    Attributes:
        image: From raw scores to probabilities and verdicts.
        operating_point: What makes a verdict "forged"; `None` for the abstain band.
        prevalence: How many images are forged; `None` for as many as in the calibration.
    """

    image: ImageCalibration
    operating_point: OperatingPoint | None
    prevalence: Prevalence | None


@dataclass(frozen=True)
class Conclusions:
    """What is concluded from the maps of a run: everything the caller may leave open, resolved.

    Attributes:
        decision: What makes the mask.
        calibration: What makes a raw score a probability; `None` if nothing does.
        operating_point: What makes a verdict "forged"; `None` for the abstain band of the
            calibration.
        prevalence: How many images are forged; `None` for as many as in the calibration.
    """

    decision: Decision
    calibration: CalibrationRecord | None
    operating_point: OperatingPoint | None
    prevalence: Prevalence | None

    @cached_property
    def calibration_id(self) -> str | None:
        """What tells the calibration from others; `None` for none."""
        return None if self.calibration is None else calibration_id(self.calibration)

    def decided(self, recipe: Recipe) -> Recipe:
        """Return a recipe with the decision really used."""
        used = self.decision
        return recipe.with_threshold(used.threshold, used.high_threshold, used.high_area)

    @property
    def operating_point_name(self) -> str | None:
        """Name of the operating point; `None` for none."""
        return None if self.operating_point is None else self.operating_point.name

    @property
    def expected_share(self) -> float | None:
        """The share of forged images that the caller expects; `None` for the calibration's."""
        return None if self.prevalence is None else self.prevalence.expected

    @property
    def calibrates_scores(self) -> bool:
        """Whether scores are probabilities, and there are verdicts."""
        return self.calibration is not None and self.calibration.image is not None

    def rules_for(self, medium: str | None) -> Rules | None:
        """Return what makes scores and verdicts of a medium's images; `None` for raw scores.

        Args:
            medium: Its name; `None` for unknown.
        """
        record, prevalence, point = self.calibration, self.prevalence, self.operating_point
        if record is None or record.image is None:
            return None
        own = (record.media or {}).get(medium or UNKNOWN)
        if own is None:
            return Rules(record.image, point, prevalence)
        if prevalence is not None:
            prevalence = replace(prevalence, fitted=own.forged / (own.forged + own.authentic))
        if point is not None:
            # Where too few images of the medium support the point, that of all images holds.
            named = {one.name: one for one in own.image.operating_points}.get(point.name)
            point = point if named is None or named.raw_score is None else named
        return Rules(own.image, point, prevalence)

    def judge(self, raw_score: float, medium: Medium | None = None) -> Judgment:
        """Return what a raw score means for an image of a medium.

        Args:
            raw_score: Of its map.
            medium: Of the image, `None` for unknown. Where it can carry no traces, the verdict is
                `not_applicable`, calibrated or not. Where scores are calibrated by medium, but not
                for this one, it is `uncertain`.
        """
        if medium is not None and medium.no_traces is not None:
            return Judgment(0.0, "not_applicable", medium.no_traces)
        name = None if medium is None else medium.name
        rules = self.rules_for(name)
        if rules is None:
            return Judgment(raw_score, None)
        score, verdict = judge(rules.image, raw_score, rules.operating_point, rules.prevalence)
        media = None if self.calibration is None else self.calibration.media
        if media is not None and (name or UNKNOWN) not in media:
            return Judgment(score, "uncertain", _of_no_calibrated_medium(name, media))
        return Judgment(score, verdict)


def _of_no_calibrated_medium(name: str | None, media: Mapping[str, MediumCalibration]) -> str:
    what = "no medium fits well" if name is None else f"the medium is {name}"
    return f"{what}, but verdicts were calibrated for these media only: {', '.join(media)}"
