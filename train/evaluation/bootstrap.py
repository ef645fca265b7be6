"""How far a figure would move with other images: resampling them (Efron, 1979).

Images that share their origin, such as pages made on one scan, are drawn together: resampled one by
one they would make a figure look surer than it is (Field and Welsh, 2007, the cluster bootstrap).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from train.evaluation.ranking import Ranking
from train.metrics import PixelCounts

ROUNDS = 1000
Interval = tuple[float, float]
Weights = npt.NDArray[np.int64]


def f1_interval(
    counts: Sequence[PixelCounts],
    rounds: int = ROUNDS,
    seed: int = 0,
    origins: Sequence[str | None] | None = None,
) -> Interval:
    """Return the central 95 % of the pooled F1.

    Resamplings without a forged pixel are left out, as they have no F1.

    Args:
        counts: One entry per image: pixels of one image are not independent.
        rounds: Number of resamplings.
        seed: Seed of the resampling.
        origins: What each image was made from; `None` for what stands alone.
    """
    table = np.array([[c.hit, c.false_alarm, c.miss] for c in counts], np.float64).reshape(-1, 3)

    def pooled_f1(weights: Weights) -> float:
        hit, false_alarm, miss = weights @ table
        return float(2 * hit / (2 * hit + false_alarm + miss)) if hit + miss else float("nan")

    return _interval(pooled_f1, _number(origins, len(counts)), rounds, seed)


def f1_gain_interval(
    ours: Sequence[PixelCounts],
    others: Sequence[PixelCounts],
    rounds: int = ROUNDS,
    seed: int = 0,
    origins: Sequence[str | None] | None = None,
) -> Interval:
    """Return the central 95 % of the gain in pooled F1 on the same images: ours minus others.

    Args:
        ours: One entry per image.
        others: Another answer to the same images, in the same order.
        rounds: As of `f1_interval`.
        seed: The same.
        origins: The same.

    Example:
        >>> found, missed = PixelCounts(hit=1), PixelCounts(miss=1)
        >>> f1_gain_interval([found, found], [missed, missed])
        (1.0, 1.0)
    """
    table = np.array(
        [
            [count for c in pair for count in (c.hit, c.false_alarm, c.miss)]
            for pair in zip(ours, others, strict=True)
        ],
        np.float64,
    ).reshape(-1, 6)

    def gain(weights: Weights) -> float:
        f1 = [
            2 * hit / (2 * hit + false_alarm + miss) if hit + miss else float("nan")
            for hit, false_alarm, miss in (weights @ table).reshape(2, 3)
        ]
        return float(f1[0] - f1[1])

    return _interval(gain, _number(origins, len(ours)), rounds, seed)


def auc_interval(
    scores: npt.ArrayLike,
    forged: npt.ArrayLike,
    rounds: int = ROUNDS,
    seed: int = 0,
    origins: Sequence[str | None] | None = None,
) -> Interval:
    """Return the central 95 % of the area under the ROC curve of images, as `f1_interval` does.

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

    return _interval(area, _number(origins, len(truth)), rounds, seed)


def share_interval(
    flags: Sequence[bool],
    rounds: int = ROUNDS,
    seed: int = 0,
    origins: Sequence[str | None] | None = None,
) -> Interval:
    """Return the central 95 % of the share of true flags, as `f1_interval` does."""
    numbers = np.asarray(flags, np.float64)
    return _interval(
        lambda weights: float(weights @ numbers / weights.sum()),
        _number(origins, len(flags)),
        rounds,
        seed,
    )


def _number(origins: Sequence[str | None] | None, images: int) -> Weights:
    """Return the number of the origin of each image; one of its own where none is named."""
    numbers: dict[str | int, int] = {}
    named = [None] * images if origins is None else origins
    keys = (index if origin is None else origin for index, origin in enumerate(named))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def _interval(
    figure: Callable[[Weights], float], origin: Weights, rounds: int, seed: int
) -> Interval:
    if origin.size == 0:
        return float("nan"), float("nan")
    rng, number = np.random.default_rng(seed), int(origin.max()) + 1
    values = np.array(
        [
            figure(np.bincount(rng.integers(0, number, number), minlength=number)[origin])
            for _ in range(rounds)
        ]
    )
    values = values[~np.isnan(values)]
    if values.size == 0:
        return float("nan"), float("nan")
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))
