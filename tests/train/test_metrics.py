"""Figures against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from train.evaluate import Answer, alarms, quiet_threshold, summarise, sweep
from train.metrics import Counts, area_under_curve, bootstrap_f1, count
from train.predict import probability_map


def test_counts_by_hand():
    found = np.array([[True, True, False, False, True]])
    marks = np.array([[1, 0, 4, 0, 255]], np.uint8)
    counts = count(found, marks)
    assert counts == Counts(hit=1, false_alarm=1, miss=1, rest=1)
    assert counts.precision == counts.recall == counts.f1 == 0.5
    assert counts.iou == pytest.approx(1 / 3)
    assert (counts + counts).hit == 2


def test_nothing_found_and_nothing_there():
    empty = count(np.zeros((2, 2), bool), np.zeros((2, 2), np.uint8))
    assert (empty.f1, empty.iou, empty.precision, empty.recall) == (0, 0, 0, 0)


def test_area_under_curve_by_hand():
    assert area_under_curve([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
    assert area_under_curve([0.5, 0.5], [False, True]) == 0.5
    assert math.isnan(area_under_curve([0.5], [True]))


def test_bootstrap_brackets_the_pooled_figure():
    rng = np.random.default_rng(0)
    counts = [Counts(int(h), 10, 10) for h in rng.integers(0, 60, 80)]
    low, high = bootstrap_f1(counts)
    assert low < sum(counts, Counts()).f1 < high
    same = bootstrap_f1([Counts(5, 5, 5)] * 10)
    assert same == (0.5, 0.5)


def _answer(values: list[float], marks: list[int]) -> Answer:
    return Answer(np.array([values], np.float16), np.array([marks], np.uint8), True)


def test_summary_by_hand():
    forged = _answer([0.9, 0.9, 0.2, 0.1], [1, 0, 3, 0])
    clean_quiet = _answer([0.1, 0.1, 0.1, 0.1], [0, 0, 0, 0])
    clean_loud = _answer([0.9, 0.45, 0.45, 0.45], [0, 0, 0, 0])
    report = summarise([forged, clean_quiet, clean_loud], 0.5)
    assert (report["precision"], report["recall"]) == (pytest.approx(1 / 3), 0.5)
    assert report["f1"] == pytest.approx(0.4)
    assert report["untouched_pages_alarmed"] == 0.5
    assert report["recall_by_kind"] == {"retype": 1.0, "copy_move": 0.0}
    assert report["image_auc"] == 0.5, "of the two untouched pages one scores higher"


def test_alarms_and_sweep_by_hand():
    quiet, loud = _answer([0.1] * 4, [0] * 4), _answer([0.9, 0.1, 0.1, 0.1], [0] * 4)
    assert alarms([quiet, loud], 0.5) == {"images": 2, "alarmed": 0.5, "mean_area": 0.125}
    rows = sweep([_answer([0.55, 0.1], [1, 0]), loud], [quiet])
    assert [row["threshold"] for row in rows][:2] == [0.1, 0.2]
    by_threshold = {row["threshold"]: row for row in rows}
    assert by_threshold[0.5]["recall"] == 1.0
    assert by_threshold[0.6]["recall"] == 0.0
    assert by_threshold[0.5]["untouched_pages_alarmed"] == 1.0
    assert by_threshold[0.5]["clean_scans_alarmed"] == 0.0


def test_of_thresholds_that_are_nearly_as_good_the_highest_is_chosen():
    answers = [_answer([0.72, 0.71, 0.3, 0.1], [1, 1, 0, 0])]
    assert quiet_threshold(answers) == 0.7, "0.35 to 0.7 all part the classes"

    hard = [_answer([0.9, 0.42, 0.3, 0.1], [1, 1, 0, 0])]
    assert quiet_threshold(hard) == 0.4, "above, half of the forged pixels are lost"


def test_a_map_has_an_answer_of_its_own_for_every_pixel():
    import torch

    class Brightness(torch.nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return image.mean(dim=1) / 255

    page = np.random.default_rng(0).integers(0, 256, (70, 150, 3), dtype=np.uint8)
    probability = probability_map(Brightness(), page, tile_sizes=(64, 96))
    expected = 1 / (1 + np.exp(-page.mean(axis=2) / 255))
    assert np.allclose(probability, expected, atol=1e-5)
