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
def test_blocks_at_the_edge_are_means_too(shape):
    assert image_score(np.full(shape, 0.25, np.float32)) == pytest.approx(0.25)
