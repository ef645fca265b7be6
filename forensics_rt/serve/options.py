"""What a request may ask for, as its query and headers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from fastapi import Header, Query

from forensics_rt.detector import Detector
from forensics_rt.image_task import Setup
from forensics_rt.io.read_options import ReadOptions, WhenDamaged
from forensics_rt.results.policy import AskedDecision, choose_conclusions

Picture = Literal["overlay", "map", "mask"]
# Between 0 and 1, as a query has it.
_Probability = Annotated[float | None, Query(gt=0, lt=1)]


@dataclass(frozen=True)
class Decision:
    """What is concluded from the maps; `None` for what the service was started with.

    Attributes:
        threshold: Probability from which a pixel counts as forged.
        high_threshold: Probability that a region must reach to be reported.
        high_area: With how many pixels it must reach that.
        operating_point: Name of one of the calibration's, such as `fpr-1%`.
        prevalence: Share of the images which you expect to be forged.
    """

    threshold: _Probability = None
    high_threshold: _Probability = None
    high_area: Annotated[int | None, Query(ge=1)] = None
    operating_point: Annotated[str | None, Query(max_length=80)] = None
    prevalence: _Probability = None

    def setup_of(self, detector: Detector) -> Setup:
        """Return what the results of a request have in common.

        Raises:
            RecipeError: If a threshold does not fit.
            CalibrationError: If the calibration lacks the operating point or the prevalence.
        """
        if self == Decision():
            return detector.setup
        before = detector.conclusions
        asked = AskedDecision(self.threshold, self.high_threshold, self.high_area)
        conclusions = choose_conclusions(
            asked,
            before.calibration,
            self.operating_point or before.operating_point_name,
            before.expected_share if self.prevalence is None else self.prevalence,
            detector.recipe,
            detector.bundle.manifest,
            detector.bundle_name,
        )
        if asked == AskedDecision():
            conclusions = replace(conclusions, decision=before.decision)
        return replace(detector.setup, conclusions=conclusions)


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        damaged: `refuse` an image that its decoder complains of, or `examine` what could be decoded
            of it.
        pdf_password: What opens a locked PDF: a header, so that no log has it.
    """

    damaged: Annotated[WhenDamaged, Query()] = "refuse"
    pdf_password: Annotated[str | None, Header(max_length=200)] = field(default=None, repr=False)

    def options_of(self, detector: Detector) -> ReadOptions:
        """Return them as the library has them."""
        return replace(detector.read_options, damaged=self.damaged, password=self.pdf_password)
