import cv2
import numpy as np
import pytest

from forensics_rt.errors import OutputError
from forensics_rt.io.image_files import write_image


def test_rgb_pixels_are_stored_as_rgb(tmp_path):
    red = np.zeros((8, 8, 3), np.uint8)
    red[:, :, 0] = 255

    write_image(tmp_path / "red.png", red)

    assert cv2.imread(str(tmp_path / "red.png"))[0, 0].tolist() == [0, 0, 255], "BGR on reading"


def test_a_picture_too_long_for_jpeg_is_an_error_with_the_way_out(tmp_path):
    with pytest.raises(OutputError, match=r"65500: leave the overlay out with `overlay=False`"):
        write_image(tmp_path / "long.jpg", np.zeros((8, 70_000, 3), np.uint8))


def test_a_map_too_long_for_png_is_another_error(tmp_path):
    with pytest.raises(OutputError, match=r"PNG takes sides up to 1000000: .* `detect_large`"):
        write_image(tmp_path / "long.png", np.zeros((1, 1_000_001), np.uint8))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_gray_pixels_are_stored_to_the_bit(tmp_path, kind):
    gray = np.random.default_rng(0).integers(0, np.iinfo(kind).max + 1, (70, 51)).astype(kind)

    write_image(tmp_path / "gray.png", gray)

    stored = cv2.imread(str(tmp_path / "gray.png"), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == kind and np.array_equal(stored, gray)
