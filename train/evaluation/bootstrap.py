"""How far a figure would move with other images: resampling images (Efron, 1979)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from train.evaluation.ranking import Ranking
from train.metrics import Counts

ROUNDS = 1000
Interval = tuple[float, float]
Weights = npt.NDArray[np.int64]


def f1_interval(counts: Sequence[Counts], rounds: int = ROUNDS, seed: int = 0) -> Interval:
    """Return the central 95 % of the pooled F1.

    Resamplings without a forged pixel are left out, as they have no F1.

    Args:
        counts: One entry per image: pixels of one image are not independent, images are.
        rounds: Number of resamplings.
        seed: Seed of the resampling.
    """
    table = np.array([[c.hit, c.false_alarm, c.miss] for c in counts], np.float64).reshape(-1, 3)

    def pooled_f1(weights: Weights) -> float:
        hit, false_alarm, miss = weights @ table
        return float(2 * hit / (2 * hit + false_alarm + miss)) if hit + miss else float("nan")

    return _interval(pooled_f1, len(counts), rounds, seed)


def auc_interval(
    scores: npt.ArrayLike, forged: npt.ArrayLike, rounds: int = ROUNDS, seed: int = 0
) -> Interval:
    """Return the central 95 % of the area under the ROC curve of images.

    Resamplings that hold one class only are left out, as they have no such area.
    """
    truth = np.asarray(forged, bool)
    values, place = np.unique(np.asarray(scores, np.float64), return_inverse=True)

    def area(weights: Weights) -> float:
        numbers = [
            np.bincount(place, weights=weights * mask, minlength=len(values)).astype(np.int64)
            for mask in (~truth, truth)
        ]
        return Ranking(values, *numbers).auc

    return _interval(area, len(truth), rounds, seed)


def share_interval(flags: Sequence[bool], rounds: int = ROUNDS, seed: int = 0) -> Interval:
    """Return the central 95 % of the share of true flags."""
    numbers = np.asarray(flags, np.float64)
    return _interval(
        lambda weights: float(weights @ numbers / len(numbers)), len(flags), rounds, seed
    )


def _interval(figure: Callable[[Weights], float], images: int, rounds: int, seed: int) -> Interval:
    if images == 0:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    values = np.array(
        [
            figure(np.bincount(rng.integers(0, images, images), minlength=images))
            for _ in range(rounds)
        ]
    )
    values = values[~np.isnan(values)]
    if values.size == 0:
        return float("nan"), float("nan")
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))
