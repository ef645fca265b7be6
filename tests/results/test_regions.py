import numpy as np
import pytest

from forensics_rt.results.regions import find_regions


def page_with(*boxes):
    mask = np.zeros((60, 80), bool)
    for left, top, width, height in boxes:
        mask[top : top + height, left : left + width] = True
    return mask


def test_regions_come_largest_first_with_box_area_and_mean():
    mask = page_with((2, 3, 5, 4), (20, 10, 30, 20))
    probability = np.where(mask, 0.6, 0.1).astype(np.float32)
    probability[10:20, 20:50] = 0.8

    large, small = find_regions(mask, probability)

    assert large.box == (20, 10, 30, 20) and large.area == 600
    assert large.mean_probability == pytest.approx(0.7, abs=1e-6)
    assert small.box == (2, 3, 5, 4) and small.area == 20


def test_the_polygon_of_a_rectangle_is_its_four_corners():
    (region,) = find_regions(page_with((20, 10, 30, 20)), np.ones((60, 80), np.float32))

    assert sorted(region.polygon) == [(20, 10), (20, 29), (49, 10), (49, 29)]


def test_diagonal_neighbors_belong_together():
    mask = page_with((0, 0, 5, 5), (5, 5, 5, 5))

    assert len(find_regions(mask, mask.astype(np.float32))) == 1


def test_specks_are_not_listed_and_an_empty_mask_has_no_regions():
    speck = page_with((5, 5, 5, 3))

    assert find_regions(speck, speck.astype(np.float32)) == ()
    assert find_regions(page_with(), np.zeros((60, 80), np.float32)) == ()


@pytest.mark.parametrize("box", [(10, 20, 30, 1), (10, 20, 1, 30)])
def test_a_line_has_a_polygon_that_readers_of_polygons_take(box):
    (region,) = find_regions(page_with(box), np.ones((60, 80), np.float32))

    left, top, width, height = region.box
    assert len(region.polygon) == 4
    assert set(region.polygon) == {(left, top), (left + width - 1, top + height - 1)}
