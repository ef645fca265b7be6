import numpy as np
import pytest

from forensics_rt.plan.score import image_score


def test_a_hot_pixel_hardly_counts_and_a_hot_block_does():
    page = np.zeros((100, 100), np.float32)
    page[50, 50] = 1
    assert image_score(page) == pytest.approx(1 / 256)

    page[32:48, 32:48] = 0.9
    assert image_score(page) == pytest.approx(0.9)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (15, 17), (16, 16), (33, 100)])
def test_a_constant_page_scores_its_constant(shape):
    assert image_score(np.full(shape, 0.25, np.float32)) == pytest.approx(0.25)


def test_a_hot_pixel_in_a_cut_block_counts_no_more_than_elsewhere():
    page = np.zeros((1025, 1025), np.float32)
    page[-1, -1] = 1

    assert image_score(page) == pytest.approx(1 / 256)
