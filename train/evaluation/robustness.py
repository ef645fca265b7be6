"""How much is still found after an image was saved, resized, blurred, made noisy or grabbed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from train.evaluation.cases import ImageSet
from train.evaluation.decision import DecisionRule
from train.evaluation.degradations import DEGRADATIONS, Degradation
from train.evaluation.figures import GroupFigures, figures
from train.evaluation.predictors import Predictor
from train.evaluation.records import ImageRecord, image_record

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SweepRow:
    """Figures of one set after one degradation.

    Attributes:
        set: Name of the set.
        family: What was done.
        level: How much of it.
        harmed: False for the images as they are.
        figures: Of the images as they arrived.
    """

    set: str
    family: str
    level: str
    harmed: bool
    figures: GroupFigures


def robustness(
    images: ImageSet,
    predictor: Predictor,
    decision: DecisionRule,
    degradations: Sequence[Degradation] = DEGRADATIONS,
    rounds: int = 1000,
) -> list[SweepRow]:
    """Answer every image of a set after every degradation.

    The truth stays what it was: an edit that a degradation has washed away counts as missed.

    Args:
        images: The set; one image at a time is in memory.
        predictor: What answers.
        decision: The calibrated decision; it is not fitted to the degraded images.
        degradations: What to do to them.
        rounds: Resamplings of the intervals.

    Raises:
        ValueError: If the set is empty.
    """
    kept: list[list[ImageRecord]] = [[] for _ in degradations]
    for index in range(len(images)):
        answers = _answer_all(images, index, predictor, decision, degradations)
        for members, record in zip(kept, answers, strict=True):
            members.append(record)
        if (index + 1) % 10 == 0:
            _log.info("%s: %d of %d images", images.name, index + 1, len(images))
    return [
        SweepRow(
            images.name, d.family, d.level, d.harm is not None, figures(members, decision, rounds)
        )
        for d, members in zip(degradations, kept, strict=True)
    ]


def _answer_all(
    images: ImageSet,
    index: int,
    predictor: Predictor,
    decision: DecisionRule,
    degradations: Sequence[Degradation],
) -> Iterator[ImageRecord]:
    """Yield one record for each degradation of an image; as it is it is answered only once."""
    case = images.load(index)
    unharmed = image_record(images.name, index, case, predictor(case.image), decision)
    for degradation in degradations:
        if degradation.harm is None:
            yield unharmed
        else:
            arrived = degradation.apply(case, seed=index)
            yield image_record(images.name, index, arrived, predictor(arrived.image), decision)
