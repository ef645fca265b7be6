"""What the comparison of two networks does to a file, and what it counts."""

from __future__ import annotations

import numpy as np

from benchmarks.jpeg_branch import LIVES, Answer, best_threshold, counts
from train.evaluation.bootstrap import f1_gain_interval
from train.evaluation.histogram import PixelHistogram
from train.metrics import PixelCounts
from train.synth.afterlife.history import CutOff, Rescale, Save


def answer(forged: float, authentic: float) -> Answer:
    probability = np.array([[forged, authentic]], np.float32)
    return Answer(None, PixelHistogram.of(probability, np.array([[1, 0]], np.uint8)))


def test_every_file_is_a_jpeg_but_the_last():
    kinds = {
        name: [type(step) for step in steps(np.random.default_rng(seed))]
        for seed in range(3)
        for name, steps in LIVES.items()
    }
    assert list(kinds.values()) == [
        [Save],
        [Save, Save],
        [Save, CutOff, Save],
        [Save, Rescale, Save],
        [],
    ]


def test_the_threshold_is_the_best_over_all_rows():
    rows = {"a": [answer(0.75, 0.25)], "b": [answer(0.5, 0.25)]}
    threshold = best_threshold(rows)
    assert threshold == 0.5
    assert sum(counts(rows["a"], threshold), PixelCounts()).f1 == 1


def test_a_gain_is_taken_on_the_same_images():
    good, bad = PixelCounts(hit=9, false_alarm=1), PixelCounts(hit=1, miss=8)
    better = [PixelCounts(hit=9), PixelCounts(hit=2, miss=7)]
    low, high = f1_gain_interval(better, [good, bad])
    assert 0 < low < high
    assert f1_gain_interval(better, better) == (0, 0)
