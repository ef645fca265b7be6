import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics_rt.errors import RecipeError
from forensics_rt.plan.tiling import plan_tiles, spread

SIZES = (384, 512, 768, 1024)
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
