"""Times of repeated calls: rates and percentiles."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Timing:
    """How long a number of calls took, one after the other.

    Attributes:
        seconds: Of each call.
        images: How many images a call takes.

    Example:
        >>> Timing((0.5, 0.25, 0.25), images=2).images_per_second
        6.0
    """

    seconds: tuple[float, ...]
    images: int = 1

    @property
    def images_per_second(self) -> float:
        """All images over all time."""
        return self.images * len(self.seconds) / sum(self.seconds)

    def percentile(self, share: float) -> float:
        """Return the milliseconds that `share` per cent of the calls stay below."""
        return float(np.percentile(self.seconds, share)) * 1000

    def percentiles(self) -> dict[str, float]:
        """Return p50, p90, p95 and p99 in milliseconds, to the microsecond."""
        return {f"p{share}": round(self.percentile(share), 3) for share in (50, 90, 95, 99)}


def time_call(
    call: Callable[[], object],
    repeats: int,
    warm_up: int,
    images: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Timing:
    """Time a call that returns when its work is done.

    Args:
        call: What to time.
        repeats: How often, 1 or more.
        warm_up: Calls before that, which do not count.
        images: How many images a call takes.
        clock: Seconds that only grow.

    Raises:
        ValueError: If there are no repeats.
    """
    if repeats < 1:
        raise ValueError(f"repeats must be 1 or more, but is {repeats}")
    for _ in range(warm_up):
        call()
    seconds = []
    for _ in range(repeats):
        start = clock()
        call()
        seconds.append(clock() - start)
    return Timing(tuple(seconds), images)
