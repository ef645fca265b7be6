"""A metric of one's own is a row, and comes out in the figures of every decision."""

import math
from dataclasses import asdict

import pytest

from train.evaluation import pixel_figures
from train.evaluation.pixel_figures import AtDecision
from train.evaluation.pixel_metrics import PIXEL_METRICS
from train.metrics import Counts

COUNTS = Counts(hit=5, false_alarm=1, miss=2, rest=3)


def test_a_new_row_is_among_the_figures(monkeypatch):
    rows = {**PIXEL_METRICS, "reported": lambda counts: counts.hit + counts.false_alarm}
    monkeypatch.setattr(pixel_figures, "PIXEL_METRICS", rows)

    found = asdict(AtDecision.of(COUNTS, 0.5))

    assert found["further"] == {"specificity": 0.75, "reported": 6}
    assert found["recall"] == pytest.approx(5 / 7)


def test_what_cannot_be_computed_is_nan():
    found = AtDecision.of(Counts(hit=1), 0.5)
    assert math.isnan(found.further["specificity"]) and found.f1 == 1
