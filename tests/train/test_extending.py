"""What it takes to add a kind of forgery, or a metric: a function, and a row in one table."""

from __future__ import annotations

import numpy as np

from train.evaluation.cases import SyntheticSet
from train.evaluation.decision import HALF
from train.evaluation.groups import group
from train.evaluation.pixel_metrics import PIXEL_METRICS, PixelMetric
from train.evaluation.predictors import Prediction
from train.evaluation.records import answered
from train.evaluation.report import write_groups
from train.evaluation.table import figures_table
from train.metrics import PixelCounts
from train.synth.forgery import FORGERY_KINDS, Canvas, ForgeryKind, Touched
from train.synth.page import PageConfig, make_page

BY_HANDS = PageConfig(
    size=160, authentic_share=0.0, most_edits=1, rasterizers=("pillow",), erasers=("flat",)
)


def invert(rng: np.random.Generator, canvas: Canvas) -> Touched:
    """Invert a square of the page: the toy kind of this test."""
    x, y = (int(v) for v in rng.integers(0, 120, 2))
    canvas.image[y : y + 40, x : x + 40] = 255 - canvas.image[y : y + 40, x : x + 40]
    return Touched((x, y, x + 40, y + 40))


def specificity(counts: PixelCounts) -> float:
    """Return the share of the authentic pixels that are not reported: the toy metric."""
    return 1.0 - counts.alarm_area


def test_a_kind_of_forgery_is_a_function_and_a_row(sources, monkeypatch):
    monkeypatch.setitem(FORGERY_KINDS, "invert", ForgeryKind(1e9, invert))
    pages = SyntheticSet("pages", sources, BY_HANDS, seed=1, count=1, strength=0.0)

    case = pages.load(0)

    assert case.kinds[-1] == "invert"
    assert set(np.unique(case.mask)) == {0, len(case.kinds)}


def test_a_new_kind_leaves_the_pages_of_earlier_configs_as_they_were(sources, monkeypatch):
    config = PageConfig(size=160, authentic_share=0.0)
    before = make_page(1, 0, sources, config)
    monkeypatch.setitem(FORGERY_KINDS, "invert", ForgeryKind(1e9, invert))

    assert np.array_equal(before.image, make_page(1, 0, sources, config).image)


def test_a_metric_is_a_function_and_a_row(sources, monkeypatch, tmp_path):
    monkeypatch.setitem(PIXEL_METRICS, "specificity", PixelMetric("specificity", specificity))
    pages = SyntheticSet("pages", sources, BY_HANDS, seed=1, count=2, strength=0.0)

    def silent(image: np.ndarray) -> Prediction:
        return Prediction.of(np.zeros(image.shape[:2], np.float32))

    groups = group(answered([pages], silent, HALF), HALF, rounds=2)

    assert groups[0].figures.pixels.calibrated["specificity"] == 1.0
    assert groups[0].figures.plain()["pixels"]["half"]["specificity"] == 1.0
    assert "specificity" in figures_table(groups, HALF).splitlines()[2]
    write_groups(tmp_path / "groups.csv", groups)
    assert "pixels_calibrated_specificity" in (tmp_path / "groups.csv").read_text()
