"""Probes: the same ones every time, and own images as they are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from export.errors import ExportError
from export.parity.probes import probe_tiles, read_own_images
from forensics_rt.errors import ImageUnreadable


@pytest.mark.parametrize("tile", [32, 64, 384])
def test_are_rgb_tiles_that_differ_and_repeat(tile: int) -> None:
    tiles = probe_tiles(tile)
    assert tiles.shape == (2, tile, tile, 3)
    assert tiles.dtype == np.uint8
    assert not np.array_equal(tiles[0], tiles[1])
    np.testing.assert_array_equal(tiles, probe_tiles(tile))


def test_have_paper_ink_and_noise() -> None:
    for tile in probe_tiles(512):
        assert (tile > 200).mean() > 0.3
        assert (tile < 100).mean() > 0.01
        assert np.abs(np.diff(tile.astype(int), axis=1)).mean() > 1.0


def test_the_middle_of_own_images_comes_unchanged() -> None:
    image = np.random.default_rng(1).integers(0, 256, (70, 97, 3), dtype=np.uint8)
    tiles = probe_tiles(64, [image])
    assert len(tiles) == 3
    np.testing.assert_array_equal(tiles[2], image[3:67, 16:80])


def test_own_images_smaller_than_the_tile_are_left_out() -> None:
    assert len(probe_tiles(64, [np.zeros((63, 200, 3), np.uint8)])) == 2


def test_reads_the_images_of_a_folder_in_order(tmp_path: Path) -> None:
    for name, blue in (("b.png", 7), ("a.png", 9)):
        cv2.imwrite(str(tmp_path / name), np.full((4, 5, 3), (blue, 0, 0), np.uint8))
    (tmp_path / "notes.txt").write_text("not an image")
    images = read_own_images(tmp_path, least_side=4)
    assert [image[0, 0].tolist() for image in images] == [[0, 0, 9], [0, 0, 7]]


def test_a_folder_that_gives_no_probes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no such folder"):
        read_own_images(tmp_path / "none", 64)
    with pytest.raises(ExportError, match="holds no image"):
        read_own_images(tmp_path, 64)
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ImageUnreadable):
        read_own_images(tmp_path, 64)


def test_a_folder_whose_images_are_all_smaller_than_the_smallest_tile_is_refused(
    tmp_path: Path,
) -> None:
    cv2.imwrite(str(tmp_path / "flat.png"), np.zeros((63, 200, 3), np.uint8))
    with pytest.raises(ExportError, match="no image there is 64 pixels wide and high"):
        read_own_images(tmp_path, 64)
