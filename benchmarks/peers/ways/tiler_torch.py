"""The `tiler` package over PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.peers.ways.way import Networks, Way, WaySetting, merged_by, read_rgb
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.recipe import Recipe


class TilerTorch(Way):
    """`tiler.Tiler` cuts, `tiler.Merger` averages, PyTorch computes tile by tile.

    What its last tiles lack is reflected in beforehand, so that they see what ours would.
    """

    name = "tiler"
    title = "tiler + PyTorch"
    packages = ("tiler", "torch")

    def open(self, networks: Networks, setting: WaySetting) -> None:
        """Load the members into PyTorch."""
        import tiler

        from benchmarks.peers.ways.torch_networks import TorchNetworks, as_batch

        self._tiler: Any = tiler
        self._as_batch = as_batch
        self._networks = TorchNetworks(networks.checkpoints)
        self._setting = setting

    def plan(self, height: int, width: int) -> Plan:
        """Return the tiler's tiles; the last of a row or column reach beyond the image."""
        cuts = self._cuts(height, width)
        size = self._setting.tile
        corners = [cuts.get_tile_bbox(index)[0] for index in range(len(cuts))]
        tiles = tuple(Tile(int(top), int(left), size, size) for top, left in corners)
        return Plan(height, width, size, tiles)

    def merging(self) -> Recipe:
        """Return the recipe that counts every pixel of a tile alike, as a boxcar does."""
        return merged_by("flat", self._setting)

    def __call__(self, path: Path) -> npt.NDArray[np.float32]:
        """Take a page from its file to its map."""
        image = read_rgb(path)
        height, width = image.shape[:2]
        cuts = self._cuts(height, width)
        merger = self._tiler.Merger(cuts, window="boxcar", save_visits=False)
        bottom, right = (int(end) for end in cuts.get_tile_bbox(len(cuts) - 1)[1])
        padded = cv2.copyMakeBorder(
            image, 0, bottom - height, 0, right - width, cv2.BORDER_REFLECT_101
        )
        size, overlap = self._setting.tile, self._setting.overlap
        of_image = self._tiler.Tiler(
            padded.shape, (size, size, 3), overlap=(overlap, overlap, 0), channel_dimension=2
        )
        for index, tile in of_image(padded):
            merger.add(index, self._networks(self._as_batch(tile))[0, 0].numpy())
        return np.asarray(merger.merge(), np.float32)

    def _cuts(self, height: int, width: int) -> Any:
        size, overlap = self._setting.tile, self._setting.overlap
        return self._tiler.Tiler((height, width), (size, size), overlap=overlap)
