"""Pictures of a report: regions where they are, pixels as they are."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from forensics_rt.report.pictures.marked import LONGEST_SIDE, marked_picture
from forensics_rt.report.pictures.turning import turned, turned_point
from forensics_rt.report.pictures.zoom import zoom_of

REGION = {"box": (40, 20, 16, 8), "polygon": ((40, 20), (55, 20), (55, 27), (40, 27))}


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (60, 100, 3), np.uint8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_viewers_do(image, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    by_pillow = Image.fromarray(image)
    by_pillow.info["exif"] = exif.tobytes()

    assert np.array_equal(turned(image, orientation), ImageOps.exif_transpose(by_pillow))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_points_go_where_their_pixels_go(image, orientation):
    marked = np.zeros((60, 100), np.uint8)
    marked[7, 33] = 1

    x, y = turned_point((33.5, 7.5), (100.0, 60.0), orientation)

    assert turned(marked, orientation)[int(y), int(x)] == 1


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_region_is_shown_in_its_own_pixels_enlarged_by_a_whole_factor(image, orientation):
    zoom = zoom_of(image, None, REGION, orientation)

    left, top, width, height = zoom.box
    cut = turned(image[top : top + height, left : left + width], orientation)
    factor = int(zoom.factor)
    assert factor >= 2 and zoom.marked is None
    assert np.array_equal(zoom.stored[::factor, ::factor], cut)
    assert np.array_equal(zoom.stored[factor - 1 :: factor, factor - 1 :: factor], cut)


def test_a_region_at_the_edge_stays_inside(image):
    zoom = zoom_of(image, np.zeros((60, 100), np.float32), {"box": (0, 50, 100, 10)}, 1)

    assert zoom.box == (0, 25, 100, 35) and zoom.marked.shape == zoom.stored.shape


def test_a_huge_region_is_reduced_by_a_whole_factor():
    zoom = zoom_of(np.zeros((900, 2000, 3), np.uint8), None, {"box": (0, 0, 2000, 900)}, 1)

    assert zoom.factor == 1 / 5 and zoom.stored.shape == (180, 400, 3)


def test_only_large_images_are_reduced(image):
    assert marked_picture(image, (), None, 1).scale == 1
    assert np.array_equal(marked_picture(image, (), None, 1).pixels, image)

    large = marked_picture(np.zeros((3200, 800, 3), np.uint8), (), None, 1)

    assert large.pixels.shape == (LONGEST_SIDE, 400, 3) and large.scale == 0.5


def test_a_region_is_outlined_and_numbered(image):
    picture = marked_picture(image, (REGION,), (200.0, 100.0), 6).pixels

    assert picture.shape == (100, 120, 3), "turned, and stretched so that circles are round"
    assert (picture == (214, 0, 28)).all(axis=2).sum() > 50
