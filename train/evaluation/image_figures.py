"""The figures of images as wholes: their scores, and false alarms on authentic ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from train.evaluation.bootstrap import Interval, auc_interval, share_interval
from train.evaluation.decision import DecisionRule
from train.evaluation.pixel_figures import NAN, mean
from train.evaluation.ranking import Ranking
from train.evaluation.records import ImageRecord
from train.evaluation.reliability import score_reliability


@dataclass(frozen=True)
class Rates:
    """Images that count as forged at an operating point.

    Attributes:
        name: Of the operating point.
        threshold: The raw score, or the score for `half`, that an image must reach.
        fpr: Share of the authentic images that reach it; nan if there are none.
        tpr: Share of the forged images that reach it; nan if there are none.
    """

    name: str
    threshold: float
    fpr: float
    tpr: float


@dataclass(frozen=True)
class ScoreFigures:
    """Figures of one number an image; nan where a class is missing.

    Attributes:
        auc: Area under the ROC curve by raw score. (A calibrated score rises with it.)
        auc_interval: Its 95 % bootstrap interval.
        ap: Average precision by raw score.
        ece: Expected calibration error of the scores.
        rates: False- and true-positive rate at a score of 0.5 (`half`), and at the operating
            points of the calibration.
    """

    auc: float
    auc_interval: Interval
    ap: float
    ece: float
    rates: tuple[Rates, ...]


@dataclass(frozen=True)
class AlarmFigures:
    """What the calibrated decision reports on authentic images; nan if there are none.

    Attributes:
        share: Share of them with more than 0.1 % reported.
        share_interval: Its 95 % bootstrap interval.
        area: Mean share of an image that is reported.
    """

    share: float
    share_interval: Interval
    area: float


def judged(records: Sequence[ImageRecord]) -> list[ImageRecord]:
    """Return the images that are clearly forged or clearly authentic.

    An image all of whose edits are ignored is neither: it was edited, but nothing shows.
    """
    return [record for record in records if record.forged or record.authentic]


def image_ranking(records: Sequence[ImageRecord]) -> Ranking:
    """Rank the judged images by their raw score."""
    images = judged(records)
    return Ranking.of_scores([r.raw_score for r in images], [r.forged for r in images])


def score_figures(
    records: Sequence[ImageRecord], decision: DecisionRule, rounds: int = 1000
) -> ScoreFigures:
    """Return the figures of the scores of some images; `rounds` resamplings for the interval."""
    images = judged(records)
    truths, scores = [r.forged for r in images], [r.score for r in images]
    raw_scores, origins = [r.raw_score for r in images], [r.origin for r in images]
    ranking = image_ranking(records)
    both = ranking.decidable
    return ScoreFigures(
        auc=ranking.auc,
        auc_interval=auc_interval(raw_scores, truths, rounds, origins=origins)
        if both
        else (NAN, NAN),
        ap=ranking.average_precision if both else NAN,
        ece=score_reliability(scores, truths).error,
        rates=(
            _rates(Ranking.of_scores(scores, truths), "half", 0.5),
            *(_rates(ranking, *point) for point in decision.operating_points),
        ),
    )


def alarm_figures(records: Sequence[ImageRecord], rounds: int = 1000) -> AlarmFigures:
    """Return the false alarms on the authentic of some images."""
    authentic = [record for record in records if record.authentic]
    flags = [record.alarmed for record in authentic]
    origins = [record.origin for record in authentic]
    area = mean([record.calibrated.alarm_area for record in authentic])
    return AlarmFigures(mean(flags), share_interval(flags, rounds, origins=origins), area)


def _rates(ranking: Ranking, name: str, threshold: float) -> Rates:
    counts = ranking.counts_at(threshold)
    fpr = counts.alarm_area if ranking.authentic.any() else NAN
    return Rates(name, threshold, fpr, counts.recall if ranking.forged.any() else NAN)
