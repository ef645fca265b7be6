"""How sure a ratio of times is: turns taken against drift, bootstrap, and what drifted in a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_DRAWS = 2000
_BAND = (2.5, 97.5)


@dataclass(frozen=True)
class Ratio:
    """A ratio of times with its 95 % noise band.

    Attributes:
        median: The ratio.
        low: Lower end of the band.
        high: Upper end.
    """

    median: float
    low: float
    high: float


def turns(count: int, rounds: int) -> Iterator[tuple[int, int]]:
    """Yield round and number of whose turn it is; each round begins with another one.

    Args:
        count: How many take turns.
        rounds: How often each has its turn.

    Example:
        >>> list(turns(2, 2))
        [(0, 0), (0, 1), (1, 1), (1, 0)]
    """
    for turn in range(rounds):
        for place in range(count):
            yield turn, (turn + place) % count


def median_interval(values: Sequence[float]) -> Ratio:
    """Return the median with its 95 % percentile interval by bootstrap (Efron, 1979).

    Args:
        values: One or more.

    Example:
        >>> median_interval([3.0, 3.0, 3.0])
        Ratio(median=3.0, low=3.0, high=3.0)
    """
    low, high = np.percentile(_medians(values), _BAND)
    return Ratio(float(np.median(values)), float(low), float(high))


def paired_ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Return the median of the ratios of each round, with its noise band.

    What slows a machine down for a round slows both, so the ratio stays.

    Args:
        ours: Seconds by round.
        theirs: Seconds by the same rounds.

    Raises:
        ValueError: If the rounds are not the same number.

    Example:
        >>> paired_ratio([2.0, 4.0, 6.0], [1.0, 2.0, 3.0]).median
        2.0
    """
    if len(ours) != len(theirs):
        raise ValueError(
            f"both must have the same number of rounds, but have {len(ours)} and {len(theirs)}"
        )
    return median_interval([one / other for one, other in zip(ours, theirs, strict=True)])


def ratio_of_medians(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Return the ratio of two medians that were measured apart, with its noise band.

    The bootstrap takes every draw for independent, which a machine that warms up or fills its
    memory is not: the band is widened by how far the medians of the two halves of each series lie
    apart, the larger of both.

    Args:
        ours: Seconds, two or more.
        theirs: Seconds, two or more.
    """
    ratios = _medians(ours) / _medians(theirs, seed=1)
    low, high = np.percentile(ratios, _BAND)
    wider = max(_drift(ours), _drift(theirs))
    median = float(np.median(ours) / np.median(theirs))
    return Ratio(median, float(low) / wider, float(high) * wider)


def _medians(values: Sequence[float], seed: int = 0) -> npt.NDArray[np.float64]:
    series = np.asarray(values, np.float64)
    draws = np.random.default_rng(seed).integers(0, len(series), (_DRAWS, len(series)))
    return np.asarray(np.median(series[draws], axis=1))


def _drift(values: Sequence[float]) -> float:
    middle = len(values) // 2
    first, second = np.median(values[:middle]), np.median(values[middle:])
    return float(max(first, second) / min(first, second))
