import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics_rt.plan.bands import whole_band
from forensics_rt.plan.blend import BlendMerger
from forensics_rt.plan.schedule import View, schedule
from forensics_rt.plan.tiling import plan_rectangles, plan_tiles
from forensics_rt.plan.tta import apply
from forensics_rt.recipe import D4

WINDOWS = ("flat", "pyramid", "gaussian")


def answer_of(truth, view):
    """What a network would answer that sees exactly the truth under a view."""
    tile = view.tile
    padded = np.zeros((tile.height, tile.width), np.float32)
    cut = truth[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
    padded[: cut.shape[0], : cut.shape[1]] = cut
    return apply(view.symmetry, padded)


@given(
    st.integers(1, 200),
    st.integers(1, 200),
    st.integers(0, 24),
    st.sampled_from(WINDOWS),
    st.floats(0, 1, width=32),
)
def test_a_constant_model_gives_a_constant_map(height, width, overlap, window, value):
    plan = plan_tiles(height, width, (32, 64), overlap)
    merger = BlendMerger(plan, window, (1.0,), 1)
    merger.open(whole_band(plan))
    for tile in plan.tiles:
        merger.add(0, View(tile, "identity"), np.full((tile.height, tile.width), value, np.float32))

    merged = next(merger.rows(plan.height))

    assert np.allclose(merged.probability, value, atol=1e-6)
    assert merged.uncertainty is None, "one answer a pixel leaves nothing to disagree"


@settings(max_examples=30)
@given(st.integers(1, 150), st.integers(1, 150), st.sampled_from(WINDOWS), st.integers(0, 2**32))
def test_a_map_survives_cutting_turning_and_merging(height, width, window, seed):
    truth = np.random.default_rng(seed).random((height, width), np.float32)
    cut = plan_rectangles if seed % 2 else plan_tiles
    plan = cut(height, width, (32, 64), 16)
    merger = BlendMerger(plan, window, (1.0, 3.0), len(D4))
    merger.open(whole_band(plan))
    for batch in schedule(plan, D4, members=range(2), batch_size=5):
        for view in batch.views:
            merger.add(batch.member, view, answer_of(truth, view))

    merged = next(merger.rows(plan.height))

    assert np.allclose(merged.probability, truth, atol=1e-5)
    assert merged.uncertainty.max() < 2e-3, "all answers agree, up to float32 cancellation"


def test_members_count_by_weight_and_uncertainty_is_their_standard_deviation():
    plan = plan_tiles(32, 32, (32,), 0)
    merger = BlendMerger(plan, "flat", (1.0, 3.0), 1)
    merger.open(whole_band(plan))
    for member, value in enumerate((0.2, 0.6)):
        answer = np.full((32, 32), value, np.float32)
        merger.add(member, View(plan.tiles[0], "identity"), answer)

    merged = next(merger.rows(plan.height))

    assert merged.probability == pytest.approx(np.full((32, 32), 0.5), abs=1e-6)
    deviation = np.sqrt(np.average([0.3**2, 0.1**2], weights=[1, 3]))
    assert merged.uncertainty == pytest.approx(np.full((32, 32), deviation), abs=1e-6)


@pytest.mark.parametrize(("window", "steepest"), [("pyramid", 0.1), ("gaussian", 0.2)])
def test_there_is_no_seam_where_two_tiles_meet(window, steepest):
    plan = plan_tiles(64, 112, (64,), 16)
    merger = BlendMerger(plan, window, (1.0,), 1)
    merger.open(whole_band(plan))
    for tile, value in zip(plan.tiles, (0.0, 1.0), strict=True):
        answer = np.full((64, 64), value, np.float32)
        merger.add(0, View(tile, "identity"), answer)

    steps = np.abs(np.diff(next(merger.rows(plan.height)).probability, axis=1))

    assert steps.max() < steepest, "the step from 0 to 1 is spread over the 16 shared pixels"
