"""Bands finish every row once, need few rows, and merge to the bit like whole maps."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics_rt.plan.bands import plan_bands, whole_band
from forensics_rt.plan.by_recipe import merger_for
from forensics_rt.plan.gather import gather
from forensics_rt.plan.schedule import View, schedule
from forensics_rt.plan.tianchi_fft2 import plan_original_tiles
from forensics_rt.plan.tiling import Plan, Tile, plan_rectangles, plan_tiles
from forensics_rt.recipe import D4, Recipe

SIDES = st.integers(1, 260)


@st.composite
def plans(draw):
    if draw(st.booleans()):
        return plan_rectangles(draw(SIDES), draw(SIDES), (32, 40, 64), draw(st.integers(0, 24)))
    size = draw(st.sampled_from([8, 16, 32, 64]))
    overlap = draw(st.integers(0, size - 8))
    return plan_tiles(draw(SIDES), draw(SIDES), (size,), overlap)


@given(plans())
def test_every_row_is_finished_once_and_in_order(plan):
    finished = [
        row for band in plan_bands(plan) for row in range(band.finishes.top, band.finishes.bottom)
    ]
    assert finished == list(range(plan.height))


@given(plans())
def test_a_band_needs_at_most_a_tile_s_rows_and_never_looks_back(plan):
    bands = plan_bands(plan)

    assert all(band.needs.count <= min(plan.tile_size, plan.height) for band in bands)
    for earlier, later in pairwise(bands):
        assert earlier.needs.top <= later.needs.top <= earlier.needs.bottom
        assert earlier.needs.bottom <= later.needs.bottom
    assert bands[-1].needs.bottom == plan.height


@given(plans(), st.sampled_from(D4))
def test_tiles_cut_from_a_band_are_those_cut_from_the_image(plan, symmetry):
    image = np.random.default_rng(1).integers(0, 256, (plan.height, plan.width, 3), np.uint8)
    for band in plan_bands(plan):
        shown = image[band.needs.top : band.needs.bottom]
        for tile in band.tiles:
            shape = (*View(tile, symmetry).shape, 3)
            whole, part = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
            gather(image, tile, symmetry, whole)
            gather(
                shown,
                Tile(tile.top - band.needs.top, tile.left, tile.height, tile.width),
                symmetry,
                part,
            )
            assert np.array_equal(whole, part)


def answers(plan, recipe, members):
    """Draw an answer for each view of each member."""
    random = np.random.default_rng(plan.height * 1000 + plan.width)
    drawn = {}
    for batch in schedule(plan, recipe.tta, range(members), batch_size=3):
        for view in batch.views:
            drawn.setdefault((batch.member, view), random.random(view.shape, np.float32))
    return drawn


def merged_by_bands(plan, recipe, weights, drawn, most_rows):
    merger = merger_for(recipe, plan, weights)
    maps = []
    for band in plan_bands(plan):
        merger.open(band)
        row = Plan(plan.height, plan.width, plan.tile_size, band.tiles)
        for batch in schedule(row, recipe.tta, range(len(weights)), batch_size=2):
            for view in batch.views:
                merger.add(batch.member, view, drawn[batch.member, view])
        maps += merger.rows(most_rows)
    assert max(len(rows.probability) for rows in maps) <= most_rows
    spread = [rows.uncertainty for rows in maps]
    return (
        np.concatenate([rows.probability for rows in maps]),
        None if spread[0] is None else np.concatenate(spread),
    )


def merged_whole(plan, recipe, weights, drawn):
    merger = merger_for(recipe, plan, weights)
    merger.open(whole_band(plan))
    for batch in schedule(plan, recipe.tta, range(len(weights)), batch_size=4):
        for view in batch.views:
            merger.add(batch.member, view, drawn[batch.member, view])
    maps = next(merger.rows(plan.height))
    return maps.probability, maps.uncertainty


def assert_same(one, other):
    assert np.array_equal(one[0], other[0])
    assert (one[1] is None) == (other[1] is None)
    if one[1] is not None:
        assert np.array_equal(one[1], other[1])


@settings(max_examples=60)
@given(
    plans(),
    st.sampled_from(["flat", "pyramid", "gaussian"]),
    st.sampled_from([("identity",), ("identity", "rotate90", "transpose"), D4]),
    st.sampled_from([(1.0,), (0.7, 0.2, 1.3)]),
    st.integers(1, 70),
)
def test_blending_by_bands_equals_blending_whole_to_the_bit(plan, window, tta, weights, most_rows):
    recipe = Recipe("any", window=window, tta=tta)
    drawn = answers(plan, recipe, len(weights))

    by_bands = merged_by_bands(plan, recipe, weights, drawn, most_rows)

    assert_same(by_bands, merged_whole(plan, recipe, weights, drawn))


@settings(max_examples=60)
@given(
    st.integers(32, 200),
    st.integers(32, 200),
    st.sampled_from([("identity",), ("identity", "rotate270", "rotate270")]),
    st.integers(1, 3),
    st.integers(1, 70),
)
def test_overwriting_by_bands_equals_overwriting_whole_to_the_bit(
    height, width, tta, members, most_rows
):
    recipe = Recipe("original", overlap=0, tta=tta, merge="tianchi-fft2")
    plan = plan_original_tiles(height, width, (32, 64))
    drawn = answers(plan, recipe, members)

    by_bands = merged_by_bands(plan, recipe, (1.0,) * members, drawn, most_rows)

    assert_same(by_bands, merged_whole(plan, recipe, (1.0,) * members, drawn))


def test_tiles_that_are_out_of_order_are_refused():
    upside_down = Plan(64, 32, 32, (Tile(32, 0, 32, 32), Tile(0, 0, 32, 32)))

    with pytest.raises(ValueError, match="from top to bottom, but begin at rows"):
        plan_bands(upside_down)
