"""Which image of a page gives the pixels in which it is drawn."""

import pytest

from forensics_rt.io.pdf.grid_choice import choose_grid
from forensics_rt.io.pdf.things import StoredImage

PAGE = (0.0, 0.0, 600.0, 800.0)


def placed(left, low, width, height, pixels):
    matrix = (float(width), 0.0, 0.0, float(height), float(left), float(low))
    return StoredImage(matrix, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), *pixels, 24, 2, ("DCTDecode",))


SCAN = placed(0, 0, 600, 800, (1200, 1600))


def test_a_scan_gives_its_own_samples():
    grid = choose_grid([SCAN], PAGE, 0, whole_page=False)
    assert (grid.width, grid.height, grid.image) == (1200, 1600, 0)
    assert grid.density == pytest.approx((144, 144))


@pytest.mark.parametrize(("side", "density"), [(200, 720), (60, 144)])
def test_a_finer_image_counts_where_it_is_large_enough_to_matter(side, density):
    fine = placed(10, 10, side, side, (side * 10, side * 10))
    grid = choose_grid([SCAN, fine], PAGE, 0, whole_page=False)
    assert max(grid.density) == pytest.approx(density)


def test_an_image_that_lies_on_a_scan_does_not_count():
    layer = placed(0, 0, 600, 800, (6000, 8000))
    assert choose_grid([SCAN, layer], PAGE, 0, whole_page=False).image == 1
    assert choose_grid([SCAN, layer], PAGE, 0, whole_page=False, stamps={1}).image == 0


def test_tiles_count_together():
    tiles = [
        placed(column * 30, row * 20, 30, 20, (60, 40)) for row in range(40) for column in range(20)
    ]
    grid = choose_grid(tiles, PAGE, 0, whole_page=False)
    assert (grid.width, grid.height) == (1200, 1600)


@pytest.mark.parametrize(("pixels", "image"), [(300, 0), (3000, None)])
def test_a_small_picture_on_a_letter_decides_unless_it_would_cost_too_much(pixels, image):
    letterhead = placed(50, 700, 80, 80, (pixels, pixels))
    assert choose_grid([letterhead], PAGE, 0, whole_page=True).image == image


def test_a_page_without_images_is_drawn_as_a_viewer_turns_it():
    grid = choose_grid([], PAGE, 90, whole_page=True)
    assert (grid.width, grid.height, grid.image) == (2223, 1667, None)


def test_what_is_cut_off_starts_at_a_block_of_a_jpeg():
    grid = choose_grid([SCAN], (55.0, 0.0, 600.0, 500.0), 0, whole_page=False)
    assert (grid.width, grid.height) == (1200 - 104, 1600 - 600)
    assert grid.pixels_of((0.0, 0.0, 600.0, 800.0))[0] == -104


def test_a_coarse_ground_does_not_decide_where_there_are_words():
    ground = placed(0, 0, 600, 800, (6, 8))
    assert choose_grid([ground], PAGE, 0, whole_page=True).image is None
    assert choose_grid([ground], PAGE, 0, whole_page=False).image == 0
