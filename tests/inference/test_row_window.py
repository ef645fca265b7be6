import numpy as np
import pytest

from forensics_rt.inference.row_window import RowWindow
from forensics_rt.plan.bands import Rows


class CountedRows:
    """Rows of an array; remembers which were read."""

    def __init__(self, pixels):
        self.pixels, self.read = pixels, []
        self.height, self.width = pixels.shape[:2]
        self.working_bytes = 0

    def rows(self, top, bottom, out):
        self.read += range(top, bottom)
        out[...] = self.pixels[top:bottom]


def test_every_row_is_read_once_however_windows_overlap():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 7, 3), np.uint8)
    source = CountedRows(pixels)
    window = RowWindow(source, 20)

    for rows in (Rows(0, 20), Rows(3, 23), Rows(20, 40), Rows(38, 50)):
        assert np.array_equal(window.show(rows), pixels[rows.top : rows.bottom])

    assert source.read == list(range(50))


def test_going_back_is_refused():
    window = RowWindow(CountedRows(np.zeros((50, 7, 3), np.uint8)), 20)
    window.show(Rows(10, 30))

    with pytest.raises(ValueError, match="from top to bottom"):
        window.show(Rows(9, 30))
