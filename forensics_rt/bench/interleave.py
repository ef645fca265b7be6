"""Turns taken by several things that are measured, so that a drifting machine drifts for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forensics_rt.bench.noise import Ratio, median_interval


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
