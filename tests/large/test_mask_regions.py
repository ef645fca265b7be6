"""Mask and regions that are joined across chunks are those of the whole map."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics_rt.calibration.decision import Decision
from forensics_rt.errors import TooLittleMemory
from forensics_rt.large.mask_regions import StreamedMask
from forensics_rt.results.regions import find_regions
from tests.large.masks import speckled, spiral


def streamed(folder, probability, decision, chunk, most_parts=10**6):
    """Send a map through in chunks; return the mask, its pixels and the regions."""
    mask = StreamedMask(folder, *probability.shape, decision, most_parts)
    for top in range(0, len(probability), chunk):
        mask.add(probability[top : top + chunk])
    regions = mask.finish()
    mask.close()
    written = np.fromfile(mask.plane.path, np.uint8).reshape(probability.shape)
    return written, mask.forged_pixels, regions


def assert_like_the_whole(folder, probability, decision, chunk):
    whole = decision.mask(probability)

    written, count, regions = streamed(folder, probability, decision, chunk)

    assert np.array_equal(written, whole.astype(np.uint8) * 255)
    assert count == np.count_nonzero(whole)
    assert regions == find_regions(whole, probability)


@settings(deadline=None, max_examples=80)
@given(
    st.integers(1, 120),
    st.integers(1, 120),
    st.integers(0, 10**6),
    st.sampled_from([None, 0.3, 0.9, 0.97]),
    st.sampled_from([0.05, 0.3, 0.6]),
    st.integers(1, 50),
    st.sampled_from([1, 2, 5, 40]),
)
def test_any_map_in_any_chunks(
    tmp_path_factory, height, width, seed, high_threshold, share, chunk, high_area
):
    probability = speckled(height, width, seed, share)
    folder = tmp_path_factory.mktemp("mask")

    decision = Decision(0.5, high_threshold, high_area)
    assert_like_the_whole(folder, probability, decision, chunk)


@pytest.mark.parametrize("chunk", [1, 7, 16, 33])
def test_a_region_that_winds_through_every_chunk_is_one(tmp_path, chunk):
    page = spiral(150)
    assert_like_the_whole(tmp_path, page, Decision(0.5, None), chunk)

    _, _, regions = streamed(tmp_path, page, Decision(0.5, None), chunk)

    assert [region.box for region in regions] == [(0, 0, 150, 150)]


def test_the_one_convincing_pixel_of_a_region_may_lie_in_another_chunk(tmp_path):
    page = np.zeros((90, 40), np.float32)
    page[5:80, 10:14] = 0.6
    page[79, 13] = 0.99
    page[5:80, 30:34] = 0.6

    written, _, regions = streamed(tmp_path, page, Decision(0.5, 0.9), 16)

    assert [region.box for region in regions] == [(10, 5, 4, 75)]
    assert not written[:, 30:].any()


def test_means_are_added_up_in_the_order_of_the_whole_map(tmp_path):
    # A threshold this small lets through numbers of many magnitudes, whose sum depends on order.
    random = np.random.default_rng(0)
    page = (10 ** random.uniform(-7, 0, (400, 300))).astype(np.float32)

    assert_like_the_whole(tmp_path, page, Decision(1e-6, None), 24)


def test_equal_regions_come_in_opencv_s_order(tmp_path):
    page = np.zeros((64, 64), np.float32)
    # Two of a size in one pair of rows: the right one begins in the upper row of it.
    page[3:7, 2:6] = page[2:6, 40:44] = 0.8
    page[33:37, 50:54] = page[32:36, 10:14] = 0.8

    for chunk in (3, 8, 64):
        assert_like_the_whole(tmp_path, page, Decision(0.5, None), chunk)


def test_a_mask_of_too_many_parts_is_an_error_with_advice(tmp_path):
    page = np.zeros((64, 64), np.float32)
    page[::2, ::2] = 1

    with pytest.raises(TooLittleMemory, match=r"at most 500 parts .* give more memory"):
        streamed(tmp_path, page, Decision(0.5, None), 16, most_parts=500)


def test_too_many_regions_are_an_error_with_advice(tmp_path):
    page = np.zeros((60, 60), np.float32)
    for top in range(0, 60, 6):
        for left in range(0, 60, 6):
            page[top : top + 4, left : left + 4] = 1

    with pytest.raises(TooLittleMemory, match=r"at most 83 regions .* but holds 100; give more"):
        streamed(tmp_path, page, Decision(0.5, None), 16, most_parts=2000)
