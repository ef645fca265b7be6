from hypothesis import given
from hypothesis import strategies as st

from forensics_rt.plan.schedule import View, schedule
from forensics_rt.plan.tiling import plan_rectangles, plan_tiles
from forensics_rt.recipe import D4


@given(st.integers(1, 300), st.integers(1, 4), st.integers(1, 8), st.integers(1, 9))
def test_each_view_comes_once_for_each_member_and_no_batch_is_too_large(
    side, members, tta, batch_size
):
    plan = plan_tiles(side, side, (64,), 8)
    batches = list(schedule(plan, D4[:tta], range(members), batch_size))

    seen = [(batch.member, view) for batch in batches for view in batch.views]
    expected = {
        (member, View(tile, symmetry))
        for member in range(members)
        for symmetry in D4[:tta]
        for tile in plan.tiles
    }
    assert len(seen) == len(expected) and set(seen) == expected
    assert all(1 <= len(batch.views) <= batch_size for batch in batches)
    per_member = -(-len(plan.tiles) * tta // batch_size)
    assert len(batches) == members * per_member, "no batch is emptier than it must be"


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 5))
def test_the_tiles_of_a_batch_are_of_one_shape_and_in_the_order_of_the_plan(height, width, size):
    plan = plan_rectangles(height, width, (64, 96), 8)
    batches = list(schedule(plan, D4, [0], size))

    assert all(len({view.shape for view in batch.views}) == 1 for batch in batches)
    seen = [view for batch in batches for view in batch.views]
    assert seen == [View(tile, symmetry) for symmetry in D4 for tile in plan.tiles]
