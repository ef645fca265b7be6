"""Percentiles, rates, and what counts."""

import pytest

from benchmarks.timing import Timing, time_call


def test_percentiles_and_rates():
    timing = Timing(tuple(number / 1000 for number in range(1, 101)), images=2)
    assert timing.percentiles() == {"p50": 50.5, "p90": 90.1, "p95": 95.05, "p99": 99.01}
    assert timing.images_per_second == pytest.approx(200 / 5.05)


def test_calls_are_timed_after_warming_up():
    ticks = iter([0.0, 1.0, 10.0, 13.0])
    calls = []
    timing = time_call(lambda: calls.append(1), repeats=2, warm_up=3, clock=lambda: next(ticks))
    assert timing.seconds == (1.0, 3.0) and len(calls) == 5
    with pytest.raises(ValueError, match="repeats must be 1 or more, but is 0"):
        time_call(lambda: None, repeats=0, warm_up=0)
