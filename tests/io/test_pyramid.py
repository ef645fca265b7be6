"""Planes on disk become tiled pyramids that other programs read."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from forensics_rt.io.pyramid import RawPlane, halve, write_pyramid

tifffile = pytest.importorskip("tifffile")
pyvips = pytest.importorskip("pyvips")


def plane_of(folder, values):
    plane = RawPlane(folder / "plane.raw", *values.shape, str(values.dtype))
    values.tofile(plane.path)
    return plane


@pytest.mark.parametrize("shape", [(1, 1), (256, 256), (257, 300), (700, 1100), (3, 1500)])
@pytest.mark.parametrize("kind", ["uint8", "float32"])
def test_every_level_halves_the_one_before_and_the_first_is_the_plane(tmp_path, shape, kind):
    values = (np.random.default_rng(0).random(shape) * 255).astype(kind)

    write_pyramid(plane_of(tmp_path, values), tmp_path / "map.tif", "mean")

    with tifffile.TiffFile(tmp_path / "map.tif") as file:
        levels = [page.asarray() for page in file.pages]
        assert file.is_bigtiff
        assert all(page.is_tiled and page.tile == (256, 256) for page in file.pages)
        assert [page.subfiletype for page in file.pages] == [0] + [1] * (len(levels) - 1)
    assert np.array_equal(levels[0], values)
    for larger, smaller in pairwise(levels):
        assert np.array_equal(smaller, halve(larger, "mean"))
    assert max(levels[-1].shape) <= 256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.tif", "plane.raw"]


def test_libvips_and_pillow_read_it(tmp_path):
    values = np.random.default_rng(1).integers(0, 256, (600, 500), np.uint8)
    write_pyramid(plane_of(tmp_path, values), tmp_path / "map.tif", "mean")

    vips = pyvips.Image.new_from_file(str(tmp_path / "map.tif"))
    assert vips.get("n-pages") == 3
    assert np.array_equal(vips.numpy(), values)
    with Image.open(tmp_path / "map.tif") as pillow:
        assert np.array_equal(np.asarray(pillow), values)


def test_a_mask_shrunk_by_its_largest_keeps_its_smallest_region(tmp_path):
    values = np.zeros((2000, 2000), np.uint8)
    values[1001, 333] = 255

    write_pyramid(plane_of(tmp_path, values), tmp_path / "mask.tif", "max")

    with tifffile.TiffFile(tmp_path / "mask.tif") as file:
        assert [page.asarray().max() for page in file.pages] == [255] * 4


def test_halves_are_means_with_the_edge_doubled():
    rows = np.array([[0, 1, 9], [2, 3, 10], [255, 255, 7]], np.uint8)

    assert halve(rows, "mean").tolist() == [[2, 10], [255, 7]]
    assert halve(rows, "max").tolist() == [[3, 10], [255, 7]]
    assert halve(rows.astype(np.float32), "mean").tolist() == [[1.5, 9.5], [255, 7]]
