from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics_rt.errors import RecipeError
from forensics_rt.plan.tiling import Plan, Tile, cover, place, plan_rectangles, plan_tiles, spread

SIZES = (384, 512, 768, 1024)
SIDES = (384, 512, 640, 832)
sides = st.integers(1, 5000)
overlaps = st.integers(0, 200)


@given(sides, st.sampled_from(SIZES), overlaps)
def test_starts_are_multiples_of_8_and_neighbors_share_what_was_stated(length, size, overlap):
    starts = spread(length, size, overlap)

    assert starts[0] == 0
    assert all(start % 8 == 0 for start in starts)
    assert length <= starts[-1] + size
    gaps = np.diff(starts)
    assert all(gap <= size - overlap for gap in gaps)
    assert len(gaps) == 0 or max(gaps) - min(gaps) <= 8, "spread evenly, to a JPEG block"


@given(sides, st.sampled_from(SIZES), overlaps)
def test_one_tile_fewer_would_not_cover_the_side(length, size, overlap):
    count = len(spread(length, size, overlap))
    stride = (size - overlap) // 8 * 8

    assert count == 1 or (count - 2) * stride + size < length


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(0, 128))
def test_every_pixel_is_covered(height, width, overlap):
    plan = plan_tiles(height, width, SIZES, overlap)
    covered = np.zeros((height, width), bool)
    for tile in plan.tiles:
        assert 0 <= tile.top < height and 0 <= tile.left < width
        covered[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = True
    assert covered.all()


@pytest.mark.parametrize("overlap", [16, 24])
def test_an_image_of_1100_costs_less_than_1_35_of_its_area(overlap):
    assert plan_tiles(1100, 1100, SIZES, overlap).computed_ratio <= 1.35


def test_of_equal_costs_the_larger_tile_wins():
    assert plan_tiles(1024, 1024, (512, 1024), overlap=0).tile_size == 1024


@pytest.mark.parametrize(
    ("height", "width", "sizes", "overlap", "message"),
    [
        (0, 5, (64,), 0, "must have pixels"),
        (5, 5, (), 0, "multiples of 8"),
        (5, 5, (60,), 0, "multiples of 8"),
        (5, 5, (64,), 60, "from 0 to 56"),
        (5, 5, (64,), -1, "from 0 to 56"),
    ],
)
def test_what_no_image_can_be_planned_with_is_refused(height, width, sizes, overlap, message):
    with pytest.raises(ValueError, match=message):
        plan_tiles(height, width, sizes, overlap)


def test_an_image_so_thin_that_nearly_all_is_computed_in_vain_is_refused():
    with pytest.raises(
        RecipeError, match=r"190000000×1 would be computed 410 times over .*; cut it"
    ):
        plan_tiles(1, 190_000_000, SIZES, overlap=24)

    assert plan_tiles(1, 400_000, SIZES, overlap=24).computed_ratio > 64, "few pixels in all"
    assert plan_tiles(30_000, 30_000, SIZES, overlap=24).computed_ratio < 64


@given(sides, st.integers(0, 200))
def test_rectangles_cover_a_side_from_multiples_of_8_with_the_overlap_asked_for(length, overlap):
    chosen = cover(length, SIDES, overlap)
    starts = place(length, chosen)
    ends = [start + side for start, side in zip(starts, chosen, strict=True)]

    assert starts[0] == 0 and all(start % 8 == 0 for start in starts)
    assert length <= ends[-1] < length + max(8, SIDES[-1] * (len(chosen) == 1))
    shared = [end - start for end, start in zip(ends, starts[1:], strict=False)]
    assert all(overlap <= each for each in shared)
    assert not shared or max(shared) - min(shared) <= 8, "spread evenly, to a JPEG block"
    assert all(earlier < later for earlier, later in pairwise(ends)), "each tile goes further"


@given(st.integers(1, 2500), st.integers(0, 64))
def test_no_other_choice_of_sides_is_shorter_in_sum(length, overlap):
    overlap = overlap // 8 * 8
    most = 7

    def covers(sides):
        return sum(sides) - overlap * (len(sides) - 1) >= length

    counts = product(range(most), repeat=len(SIDES))
    tried = (
        [side for side, times in zip(SIDES, count, strict=True) for _ in range(times)]
        for count in counts
        if any(count)
    )
    assert sum(cover(length, SIDES, overlap)) == min(sum(t) for t in tried if covers(t))


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(0, 128))
def test_every_pixel_is_covered_by_rectangles_of_few_shapes(height, width, overlap):
    plan = plan_rectangles(height, width, SIDES, overlap)
    covered = np.zeros((height, width), bool)
    for tile in plan.tiles:
        covered[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = True
    assert covered.all() and set(plan.tile_shapes) <= set(product(SIDES, SIDES))
    assert plan.tile_size == max(max(shape) for shape in plan.tile_shapes)
    assert all(384 not in shape for shape in plan.tile_shapes) or min(height, width) <= 384


def test_a_shape_more_must_save_more_than_a_few_pixels():
    plan = plan_rectangles(600, 1350, SIDES, 24)
    assert cover(600, SIDES[1:], 24) == (640,) and cover(1350, SIDES[1:], 24) == (832, 640)
    assert plan.tile_shapes == ((640, 512),), "1536 columns in place of 1472: 40,960 pixels"


def test_a_page_of_1000_by_1500_costs_a_fifth_less_than_with_squares():
    assert plan_tiles(1500, 1000, SIZES, 24).computed_ratio > 1.39
    assert plan_rectangles(1500, 1000, SIDES, 24).computed_ratio < 1.14


def test_what_takes_squares_alone_refuses_rectangles():
    assert plan_tiles(100, 100, (64,), 8).side == 64
    with pytest.raises(ValueError, match=r"must be square tiles of 64, but the plan has .* 32×64"):
        _ = Plan(32, 64, 64, (Tile(0, 0, 32, 64),)).side


@pytest.mark.parametrize(
    ("height", "width", "overlap", "message"),
    [(0, 5, 0, "must have pixels"), (5, 5, 384, "from 0 to 376"), (5, 5, -1, "from 0 to 376")],
)
def test_rectangles_that_cannot_be_planned_are_refused(height, width, overlap, message):
    with pytest.raises(ValueError, match=message):
        plan_rectangles(height, width, SIDES, overlap)


def test_rectangles_refuse_images_that_are_nearly_all_waste_too():
    with pytest.raises(RecipeError, match=r"190000000×1 would be computed .*; cut it"):
        plan_rectangles(1, 190_000_000, SIDES, overlap=24)
