"""The model of a worker's stream: the slowest stage sets the pace, and the others overlap it."""

import pytest

pytest.importorskip("simpy")

from benchmarks.ray.progress_rate import Notes
from benchmarks.scale.stream import PageTimes, mean_times, seconds_between


def pace(*pages: PageTimes, decoders: int = 1) -> float:
    gaps = seconds_between(pages, pages=400, decoders=decoders)
    return sum(gaps) / len(gaps)


def test_what_overlaps_the_engine_costs_nothing():
    assert pace(PageTimes(0.1, 0.1, 0.3, 0.2)) == pytest.approx(0.3)


def test_the_slowest_stage_sets_the_pace():
    assert pace(PageTimes(decode=0.5, around=0.1, engine=0.3, settle=0.2)) == pytest.approx(0.5)
    assert pace(PageTimes(decode=0.1, around=0.1, engine=0.3, settle=0.6)) == pytest.approx(0.6)


def test_two_computers_hide_the_tiles_of_one_page_behind_the_engine_of_another():
    assert pace(PageTimes(0.1, around=0.3, engine=0.3, settle=0.1)) == pytest.approx(0.3)
    assert pace(PageTimes(0.1, around=0.5, engine=0.3, settle=0.1)) == pytest.approx(0.4)


def test_more_decoders_decode_side_by_side():
    assert pace(PageTimes(0.6, 0.1, 0.3, 0.5), decoders=2) == pytest.approx(0.3)


def test_pages_that_differ_pass_in_bounded_queues():
    small, large = PageTimes(0.1, 0.0, 0.1, 0.1), PageTimes(0.1, 0.0, 0.9, 0.1)
    assert pace(small, large) == pytest.approx(0.5, rel=0.1)
    assert mean_times([small, large]).engine == pytest.approx(0.5)


def test_a_rate_counts_whole_units():
    notes = Notes(seconds=[0.0, 1.0, 2.0, 3.0], finished=[0, 8, 16, 24])
    assert notes.rate(24, start=0.2, end=0.9) == 8.0
    with pytest.raises(ValueError, match="two notes"):
        notes.rate(24, start=0.4, end=0.7)
