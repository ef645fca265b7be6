"""Choosing a decision on one set, to report on another."""

from __future__ import annotations

import logging

from train.evaluation.cases import ImageSet
from train.evaluation.decision import DecisionRule, DecisionSearch
from train.evaluation.predictors import Predictor

_log = logging.getLogger(__name__)


def tune(images: ImageSet, predictor: Predictor, alarms: float) -> DecisionRule:
    """Answer every image of a set and choose by `DecisionSearch.choose`.

    Args:
        images: A set that is not reported on.
        predictor: What answers.
        alarms: Share of authentic images that may be alarmed.

    Raises:
        ValueError: If nothing forged is found in them.
    """
    search = DecisionSearch()
    for index in range(len(images)):
        case = images.load(index)
        search.add(predictor(case.image).probability, case.mask)
        if (index + 1) % 50 == 0:
            _log.info("choosing a decision: %d of %d images", index + 1, len(images))
    return search.choose(alarms)
