"""Turns, and ratios that a drifting machine does not upset."""

import numpy as np
import pytest

from forensics_rt.bench.noise import median_interval, paired_ratio, ratio_of_medians, turns
from tests.benchmarks.interleaved import interleaved_ratio


def test_each_round_has_everyone_once_and_begins_with_another():
    order = list(turns(3, 4))

    rounds = [[number for turn, number in order if turn == which] for which in range(4)]
    assert all(sorted(one) == [0, 1, 2] for one in rounds)
    assert [one[0] for one in rounds] == [0, 1, 2, 0]


def test_a_machine_that_slows_down_leaves_the_ratio_of_rounds_alone():
    drift = np.linspace(1.0, 3.0, 30)

    found = paired_ratio(list(0.2 * drift), list(0.1 * drift))

    assert found.median == pytest.approx(2.0)
    assert found.low == pytest.approx(2.0) and found.high == pytest.approx(2.0)


def test_rounds_must_match():
    with pytest.raises(
        ValueError, match="both must have the same number of rounds, but have 1 and 2"
    ):
        paired_ratio([1.0], [1.0, 2.0])


def test_two_calls_are_run_in_turns_after_one_that_does_not_count():
    order, now = [], [0.0]

    def call(name, seconds):
        def work():
            order.append(name)
            now[0] += seconds

        return work

    found = interleaved_ratio(call("a", 3.0), call("b", 1.5), rounds=3, clock=lambda: now[0])

    assert found.median == 2.0
    assert order == list("ab" + "ab" + "ba" + "ab")


def test_the_band_of_a_median_shrinks_with_more_values():
    random = np.random.default_rng(7)
    few, many = random.normal(1.0, 0.1, 30), random.normal(1.0, 0.1, 3000)

    def width(values):
        found = median_interval(list(values))
        assert found.low <= found.median <= found.high
        return found.high - found.low

    assert width(many) < width(few) / 5


def test_a_series_that_drifts_widens_the_band_of_a_ratio():
    random = np.random.default_rng(8)
    steady = list(random.normal(1.0, 0.01, 60))
    drifting = list(random.normal(1.0, 0.01, 60) * np.repeat([1.0, 1.2], 30))

    sure, unsure = ratio_of_medians(steady, steady), ratio_of_medians(drifting, steady)

    assert sure.median == 1.0 and sure.high < 1.02
    assert unsure.high > 1.2 and unsure.low < 0.9
