"""The picture for people: stretched where pixels are not square."""

import numpy as np
import pytest

from forensics_rt.results.regions import find_regions
from forensics_rt.results.rendering import overlay

SIZE = (40, 60)


def found():
    """A region of 10 rows and 20 columns in the lower right corner."""
    probability = np.zeros(SIZE, np.float32)
    probability[28:38, 36:56] = 0.9
    return probability, find_regions(probability > 0.5, probability)


@pytest.mark.parametrize(
    ("density", "size"),
    [
        (None, (40, 60)),
        ((300.0, 300.0), (40, 60)),
        ((300.0, 299.0), (40, 60)),
        ((204.0, 102.0), (80, 60)),
        ((100.0, 200.0), (40, 120)),
        ((1.0, 60_000.0), (40, 240)),
    ],
)
def test_pixels_that_are_not_square_are_shown_as_they_are(density, size):
    probability, regions = found()
    picture = overlay(np.full((*SIZE, 3), 200, np.uint8), probability, regions, density)
    assert picture.shape == (*size, 3)


def test_outlines_lie_on_the_stretched_region():
    probability, regions = found()
    picture = overlay(np.full((*SIZE, 3), 200, np.uint8), probability, regions, (200.0, 100.0))
    rows, columns = np.nonzero((picture != 200).any(axis=2))
    assert columns.min() >= 30
    assert 2 * 37 - 3 <= rows.max() <= 2 * 38 + 2, "the lower edge, twice as far down"
