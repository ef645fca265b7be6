"""Hysteresis: the extent from one threshold, the existence from the other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forensics_rt.plan.mask import forged_mask

MAPS = arrays(np.float32, (9, 11), elements=st.floats(0, 1, width=16))


def test_a_region_without_a_peak_is_dropped_and_one_with_a_peak_keeps_its_extent():
    page = np.zeros((20, 30), np.float32)
    page[2:6, 2:10] = 0.4
    page[12:16, 2:10] = 0.4
    page[13, 5] = 0.95
    mask = forged_mask(page, 0.3, 0.9)
    assert mask.sum() == 32
    assert mask[12:16, 2:10].all()


def test_regions_that_touch_at_a_corner_are_one():
    page = np.array([[0.5, 0.0], [0.0, 0.9]], np.float32)
    assert forged_mask(page, 0.4, 0.8).sum() == 2


@given(MAPS, st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_the_mask_lies_between_its_two_thresholds(page, threshold, high_threshold):
    mask = forged_mask(page, threshold, high_threshold)
    assert not (mask & (page < np.float32(threshold))).any()
    assert mask[page >= np.float32(max(threshold, high_threshold))].all()


def test_a_region_needs_as_many_convincing_pixels_as_are_asked_for():
    page = np.zeros((20, 30), np.float32)
    page[2:6, 2:10] = page[12:16, 2:10] = 0.4
    page[3, 4:7] = page[13, 4:8] = 0.95
    mask = forged_mask(page, 0.3, 0.9, high_area=4)
    assert mask[12:16, 2:10].all() and mask.sum() == 32


def test_without_a_high_threshold_the_area_is_that_of_the_whole_region():
    page = np.zeros((20, 30), np.float32)
    page[2:6, 2:10], page[12:14, 2:4] = 0.4, 0.4
    assert forged_mask(page, 0.3, high_area=5).sum() == 32
    assert forged_mask(page, 0.3, high_area=4).sum() == 36


@given(MAPS, st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.integers(1, 30))
def test_a_larger_area_only_takes_regions_away(page, threshold, high_threshold, area):
    less = forged_mask(page, threshold, high_threshold, area + 1)
    assert not (less & ~forged_mask(page, threshold, high_threshold, area)).any()


@given(MAPS, st.floats(0.05, 0.95))
def test_without_a_peak_it_is_a_plain_threshold(page, threshold):
    plain = page >= np.float32(threshold)
    assert (forged_mask(page, threshold) == plain).all()
    assert (forged_mask(page, threshold, threshold) == plain).all()
