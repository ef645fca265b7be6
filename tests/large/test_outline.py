"""Borders followed on disk are those that OpenCV finds in memory."""

import cv2
import numpy as np
import pytest

from forensics_rt.io.pyramid import RawPlane
from forensics_rt.large.outline import follow_border, outline
from tests.large.masks import speckled, spiral


def pixels_of(mask):
    height, width = mask.shape
    return lambda x, y: 0 <= x < width and 0 <= y < height and bool(mask[y, x])


def largest_region(mask):
    """Return the largest region alone, its box and its first pixel."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    region = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    alone = labels == region
    y, x = np.argwhere(alone)[0]
    return alone, tuple(int(number) for number in stats[region, :4]), (int(x), int(y))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.45, 0.6, 0.9])
@pytest.mark.parametrize("cell", [1, 2, 5])
def test_the_followed_border_is_opencv_s_contour(share, cell):
    for seed in range(6):
        alone, _, first = largest_region(speckled(50, 61, seed, share, cell) >= 0.5)
        (contour,), _ = cv2.findContours(
            alone.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
        )
        assert np.array_equal(follow_border(pixels_of(alone), first), contour)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_thin_regions_too(shape):
    mask = np.ones(shape, bool)
    (contour,), _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )

    assert np.array_equal(follow_border(pixels_of(mask), (0, 0)), contour)


@pytest.mark.parametrize("page", [speckled(200, 170, 1, 0.5), spiral(160)], ids=["blobs", "spiral"])
def test_a_box_too_large_to_be_read_whole_gives_the_same_polygon(tmp_path, page):
    mask = page >= 0.5
    plane = RawPlane(tmp_path / "mask.raw", *mask.shape, "uint8")
    (mask.astype(np.uint8) * np.uint8(255)).tofile(plane.path)
    _, box, first = largest_region(mask)

    with plane.path.open("rb") as stream:
        whole = outline(plane, stream, box, first)
        followed = outline(plane, stream, box, first, largest=0)

    assert followed == whole
    assert len(whole) > 8
