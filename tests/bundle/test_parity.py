import numpy as np
import pytest

from forensics_rt.bundle.parity import difference, pooled_difference
from forensics_rt.plan.mask import forged_mask


def test_a_map_does_not_differ_from_itself():
    page = np.random.default_rng(0).random((8, 8), np.float32)
    same = difference(page, page, 0.5)

    assert (same.max_difference, same.mean_difference) == (0, 0)
    assert (same.flipped_share, same.iou_loss) == (0, 0)


def test_flips_and_iou_are_counted_at_the_threshold():
    reference = np.array([0.9, 0.9, 0.1, 0.4], np.float32)
    answer = np.array([0.9, 0.4, 0.1, 0.6], np.float32)

    found = difference(reference, answer, 0.5)

    assert found.max_difference == pytest.approx(0.5)
    assert found.flipped_share == 0.5
    assert found.iou_loss == pytest.approx(1 - 1 / 3)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="shapes must agree"):
        difference(np.zeros((2, 2)), np.zeros((2, 3)), 0.5)


def test_a_region_that_lost_its_peak_is_lost_from_the_mask():
    reference, answer = (np.full((40, 40), peak, np.float32) for peak in (0.991, 0.989))
    masks = [forged_mask(one, 0.75, 0.99) for one in (reference, answer)]
    found = pooled_difference([(reference, answer, *masks)])

    assert found.iou_loss == found.flipped_share == 1.0
    assert difference(reference, answer, 0.75).iou_loss == 0.0, "the threshold alone sees nothing"
