"""Figures of merit against scikit-learn and against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from train.evaluation.bootstrap import auc_interval, f1_interval, share_interval
from train.evaluation.histogram import BINS, PixelHistogram
from train.evaluation.ranking import Ranking
from train.evaluation.reliability import pixel_reliability, score_reliability
from train.metrics import PixelCounts, count

seeds = st.integers(0, 2**32 - 1)


def draw_pixels(seed: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities on `steps` levels, so with many ties, and truths of both classes."""
    rng = np.random.default_rng(seed)
    truth = rng.random(rng.integers(4, 200)) < rng.uniform(0.05, 0.95)
    truth[:2] = False, True
    scores = (rng.integers(0, steps, truth.size) + truth * rng.integers(0, steps)) / (2 * steps)
    return scores.astype(np.float32), truth


@given(seeds, st.sampled_from([2, 16, 512]))
@settings(max_examples=25)
def test_curves_of_pixels_are_those_of_scikit_learn(seed, steps):
    scores, truth = draw_pixels(seed, steps)  # levels of 1/1024 or coarser: nothing is lost
    ranking = PixelHistogram.of(scores[None], truth[None].astype(np.uint8)).ranking()

    assert ranking.auc == pytest.approx(reference.roc_auc_score(truth, scores), abs=1e-9)
    expected = reference.average_precision_score(truth, scores)
    assert ranking.average_precision == pytest.approx(expected, abs=1e-9)
    fpr, tpr, _ = reference.roc_curve(truth, scores, drop_intermediate=False)
    assert np.allclose(ranking.roc(), (fpr, tpr), rtol=0, atol=1e-9)
    precision, recall, _ = reference.precision_recall_curve(truth, scores)
    assert np.allclose(ranking.precision_recall(), (recall[::-1], precision[::-1]), atol=1e-9)


@given(seeds, st.integers(0, BINS))
@settings(max_examples=25)
def test_figures_at_a_threshold_are_those_of_scikit_learn(seed, step):
    scores, truth = draw_pixels(seed, 512)
    found = scores >= step / BINS
    counts = count(found[None], truth[None].astype(np.uint8))

    assert (
        PixelHistogram.of(scores[None], truth[None].astype(np.uint8))
        .ranking()
        .counts_at(step / BINS)
        == counts
    ), "the histogram gives the very counts of the map"
    by_name = {
        "f1": reference.f1_score(truth, found, zero_division=0),
        "iou": reference.jaccard_score(truth, found, zero_division=0),
        "mcc": reference.matthews_corrcoef(truth, found),
        "precision": reference.precision_score(truth, found, zero_division=0),
        "recall": reference.recall_score(truth, found, zero_division=0),
    }
    for name, expected in by_name.items():
        assert getattr(counts, name) == pytest.approx(expected, abs=1e-9), name
    assert counts.competition_score == counts.f1 + counts.iou


@given(seeds)
@settings(max_examples=20)
def test_no_threshold_beats_the_best_one(seed):
    scores, truth = draw_pixels(seed, 16)
    threshold, best = Ranking.of_scores(scores, truth).best_f1()
    every = {float(t): reference.f1_score(truth, scores >= t) for t in np.unique(scores)}

    assert best.f1 == pytest.approx(max(every.values()), abs=1e-9)
    assert threshold == max(t for t, f1 in every.items() if f1 == max(every.values()))


@given(seeds)
@settings(max_examples=20)
def test_image_scores_rank_as_in_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    truth = rng.random(30) < 0.5
    truth[:2] = False, True
    scores = rng.choice([0.0, 0.1, 0.35, 0.7, 1.0, 1 / 3], 30)

    ranking = Ranking.of_scores(scores, truth)

    assert ranking.auc == pytest.approx(reference.roc_auc_score(truth, scores), abs=1e-9)
    expected = reference.average_precision_score(truth, scores)
    assert ranking.average_precision == pytest.approx(expected, abs=1e-9)


def test_counts_by_hand():
    found = np.array([[True, True, False, False, True]])
    mask = np.array([[1, 0, 4, 0, 255]], np.uint8)
    counts = count(found, mask)
    assert counts == PixelCounts(hit=1, false_alarm=1, miss=1, rest=1)
    assert counts.precision == counts.recall == counts.f1 == counts.alarm_area == 0.5
    assert counts.iou == pytest.approx(1 / 3)
    assert counts.mcc == 0
    assert (counts + counts).hit == 2


def test_nothing_found_and_nothing_there():
    empty = count(np.zeros((2, 2), bool), np.zeros((2, 2), np.uint8))
    assert (empty.f1, empty.iou, empty.mcc, empty.precision, empty.recall) == (0, 0, 0, 0, 0)


def test_one_class_alone_has_no_area():
    assert math.isnan(Ranking.of_scores([0.5], [True]).auc)
    assert math.isnan(Ranking.of_scores([0.5], [False]).average_precision)
    assert Ranking.of_scores([0.5, 0.5], [False, True]).auc == 0.5, "a tie is half a win"


def test_pixel_counts_of_a_large_set_do_not_overflow():
    many = np.array([3_000_000_000, 1_000_000_000])
    ranking = Ranking(np.array([0.0, 1.0]), many, many[::-1].copy())
    assert ranking.auc == pytest.approx(0.75)


def test_a_histogram_leaves_out_what_is_not_counted_and_refuses_what_is_no_probability():
    mask = np.array([[0, 3, 255]], np.uint8)
    histogram = PixelHistogram.of(np.array([[0.0, 1.0, 0.5]], np.float32), mask)
    assert (histogram.authentic[0], histogram.forged[BINS - 1]) == (1, 1)
    assert histogram.authentic.sum() + histogram.forged.sum() == 2
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            PixelHistogram.of(np.full((1, 3), wrong, np.float32), mask)


def test_reliability_by_hand():
    diagram = score_reliability([0.1, 0.15, 0.95], [False, True, True], steps=10)
    assert diagram.stated == pytest.approx((0.125, 0.95))
    assert diagram.observed == (0.5, 1.0)
    assert diagram.members == (2, 1)
    assert diagram.error == pytest.approx((2 * 0.375 + 0.05) / 3)


def test_pixels_forged_as_often_as_stated_have_hardly_any_calibration_error():
    stated = np.random.default_rng(0).random((400, 400), np.float32)
    happens = np.random.default_rng(1).random((400, 400)) < stated
    honest = pixel_reliability(PixelHistogram.of(stated, happens.astype(np.uint8)))
    assert honest.error < 0.01
    swapped = pixel_reliability(PixelHistogram.of(stated, (~happens).astype(np.uint8)))
    assert swapped.error == pytest.approx(0.5, abs=0.01), "mean of |2p − 1|"


def test_images_of_one_origin_count_as_one_witness():
    rng = np.random.default_rng(1)
    counts = [PixelCounts(int(hits), 10, 10) for hits in rng.integers(0, 60, 8)] * 10
    scores, truth = np.tile(rng.random(8), 10), np.tile(np.arange(8) % 2 == 0, 10)
    origins = [f"scan {number}" for number in range(8)] * 10

    def width(interval):
        return interval[1] - interval[0]

    assert width(f1_interval(counts, 200, origins=origins)) == pytest.approx(
        width(f1_interval(counts[:8], 200)), rel=0.01
    ), "ten pages on each of eight scans say as much as eight pages"
    for interval in (
        lambda chosen: f1_interval(counts, 200, origins=chosen),
        lambda chosen: auc_interval(scores, truth, 200, origins=chosen),
        lambda chosen: share_interval(list(truth), 200, origins=chosen),
    ):
        assert width(interval(origins)) > 2 * width(interval(None))


def test_intervals_bracket_the_figure_and_shrink_to_it():
    rng = np.random.default_rng(0)
    counts = [PixelCounts(int(hits), 10, 10) for hits in rng.integers(0, 60, 80)]
    low, high = f1_interval(counts, rounds=200)
    assert low < sum(counts, PixelCounts()).f1 < high
    assert f1_interval([PixelCounts(5, 5, 5)] * 10, rounds=20) == (0.5, 0.5)
    assert f1_interval([PixelCounts(5, 0, 0), PixelCounts(rest=9)], rounds=20) == (1, 1), (
        "where it exists"
    )

    scores, truth = rng.random(60), np.arange(60) % 2 == 0
    low, high = auc_interval(scores, truth, rounds=200)
    assert low < reference.roc_auc_score(truth, scores) < high
    assert auc_interval([0.1, 0.2, 0.8, 0.9], [False, False, True, True], rounds=50) == (1, 1)

    low, high = share_interval([True] * 5 + [False] * 15, rounds=200)
    assert 0 < low < 0.25 < high < 0.6
    assert all(math.isnan(end) for end in share_interval([], rounds=5))
