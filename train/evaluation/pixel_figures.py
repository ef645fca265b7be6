"""The figures of the pixels of a group of images, all put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forensics_rt.calibration.decision import Decision
from train.evaluation.bootstrap import Interval, f1_interval
from train.evaluation.decision import HALF, DecisionRule
from train.evaluation.histogram import PixelHistogram
from train.evaluation.pixel_metrics import PIXEL_METRICS
from train.evaluation.records import ImageRecord
from train.evaluation.reliability import pixel_reliability
from train.metrics import PixelCounts

NAN = float("nan")


@dataclass(frozen=True)
class AtDecision:
    """Pixels at one decision.

    Attributes:
        decision: It.
        values: The metrics by their names in `PIXEL_METRICS`; nan if no pixel is forged.

    Example:
        >>> AtDecision.of(PixelCounts(hit=2, miss=2), Decision(0.5))["recall"]
        0.5
    """

    decision: Decision
    values: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        """Return one metric."""
        return self.values[name]

    @classmethod
    def of(cls, counts: PixelCounts, decision: Decision) -> AtDecision:
        """Take the figures of some counts."""
        known = counts.hit + counts.miss > 0
        values = {name: one.of(counts) if known else NAN for name, one in PIXEL_METRICS.items()}
        return cls(decision, values)

    def plain(self) -> dict[str, float | None]:
        """Return decision and metrics side by side, as files hold them."""
        one = self.decision
        area = {} if one.high_area == 1 else {"high_area": one.high_area}
        return {
            "threshold": one.threshold, "high_threshold": one.high_threshold, **area, **self.values
        }  # fmt: skip


@dataclass(frozen=True)
class PixelFigures:
    """Figures of pixels; nan where none is forged.

    Attributes:
        half: At 0.5.
        calibrated: At the calibrated decision.
        best: At the plain threshold of highest F1 on these very images: an upper bound.
        f1_interval: 95 % bootstrap interval, over images, of the calibrated F1.
        auc: Area under the ROC curve.
        ap: Average precision.
        ece: Expected calibration error.
        mean_image_f1: Mean of the F1 of each forged image, calibrated.
        mean_image_competition_score: The same of F1 + IoU.
        regions: Forged regions.
        regions_found: Share of them of which at least half is reported.
    """

    half: AtDecision
    calibrated: AtDecision
    best: AtDecision
    f1_interval: Interval
    auc: float
    ap: float
    ece: float
    mean_image_f1: float
    mean_image_competition_score: float
    regions: int
    regions_found: float


def pooled_histogram(records: Sequence[ImageRecord]) -> PixelHistogram:
    """Put the pixels of all images together."""
    return sum((record.histogram for record in records), PixelHistogram.empty())


def pixel_figures(
    records: Sequence[ImageRecord], decision: DecisionRule, rounds: int = 1000
) -> PixelFigures:
    """Return the figures of all pixels of some images.

    Args:
        records: Answered images.
        decision: The decision at which they were measured.
        rounds: Resamplings of the interval.
    """
    histogram = pooled_histogram(records)
    ranking = histogram.ranking()
    threshold, best = ranking.best_f1() if ranking.forged.any() else (NAN, PixelCounts())
    half = sum((record.half for record in records), PixelCounts())
    calibrated = sum((record.calibrated for record in records), PixelCounts())
    forged = [record.calibrated for record in records if record.forged]
    counts = [record.calibrated for record in records]
    origins = [record.origin for record in records]
    regions, regions_found = _regions(records)
    return PixelFigures(
        half=AtDecision.of(half, HALF),
        calibrated=AtDecision.of(calibrated, decision),
        best=AtDecision.of(best, Decision(threshold)),
        f1_interval=f1_interval(counts, rounds, origins=origins) if forged else (NAN, NAN),
        auc=ranking.auc,
        ap=ranking.average_precision,
        ece=pixel_reliability(histogram).error,
        mean_image_f1=mean([one.f1 for one in forged]),
        mean_image_competition_score=mean([one.competition_score for one in forged]),
        regions=regions,
        regions_found=regions_found / regions if regions else NAN,
    )


def mean(values: Sequence[float]) -> float:
    """Return the mean, or nan of nothing."""
    return sum(values) / len(values) if values else NAN


def _regions(records: Sequence[ImageRecord]) -> tuple[int, int]:
    # Every forged pixel has a size, so sizes count all regions once; a record of one kind has none.
    parts = [part for record in records for part in record.parts]
    parts = [part for part in parts if part.by == "size"] or parts
    return sum(part.regions for part in parts), sum(part.regions_found for part in parts)
