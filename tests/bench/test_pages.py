"""Pages to measure on."""

import cv2
import numpy as np
import pytest

from forensics_rt.bench.pages import made_up_pages, read_pages
from forensics_rt.errors import ImageNotFound


def test_made_up_pages_are_the_same_each_time_and_differ_from_each_other():
    first, second = made_up_pages(2, 100)

    assert [page.data for page in made_up_pages(2, 100)] == [first.data, second.data]
    assert first.sha256 != second.sha256
    pixels = cv2.imdecode(np.frombuffer(first.data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape == (100, 100, 3)


def test_own_pages_are_read_whole(tmp_path):
    (page,) = made_up_pages(1, 64)
    (tmp_path / "a.jpg").write_bytes(page.data)

    (found,) = read_pages([str(tmp_path)])

    assert (found.name, found.data) == (str(tmp_path / "a.jpg"), page.data)
    with pytest.raises(ImageNotFound, match=r"missing\.jpg"):
        read_pages([str(tmp_path / "missing.jpg")])
