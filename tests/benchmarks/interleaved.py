"""Two calls that run in turns, and how long the first takes as a multiple of the second."""

from __future__ import annotations

import time
from collections.abc import Callable

from forensics_rt.bench.noise import Ratio, paired_ratio, turns


def interleaved_ratio(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> Ratio:
    """Run two calls in turns and return how long the first takes as a multiple of the second.

    Args:
        ours: The first.
        theirs: The second; both run once before it counts.
        rounds: How often each runs.
        clock: Seconds; of the process's own work by default, which others on the machine leave
            alone.
    """
    calls = (ours, theirs)
    seconds: tuple[list[float], list[float]] = ([], [])
    for call in calls:
        call()
    for _, number in turns(len(calls), rounds):
        start = clock()
        calls[number]()
        seconds[number].append(clock() - start)
    return paired_ratio(*seconds)
