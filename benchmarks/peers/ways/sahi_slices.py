"""SAHI's slicing over PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.peers.ways.way import Networks, Way, WaySetting, merged_by
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.recipe import Recipe


class SahiSlices(Way):
    """`sahi.slicing.slice_image` cuts, PyTorch computes slice by slice.

    SAHI merges boxes of objects; it has no way to merge maps, so a user takes the mean by hand.
    """

    name = "sahi"
    title = "SAHI slices + PyTorch"
    packages = ("sahi", "shapely", "torch")

    def open(self, networks: Networks, setting: WaySetting) -> None:
        """Load the members into PyTorch."""
        from sahi import slicing

        from benchmarks.peers.ways.torch_networks import TorchNetworks, as_batch

        self._slicing: Any = slicing
        self._as_batch = as_batch
        self._networks = TorchNetworks(networks.checkpoints)
        self._setting = setting
        share = setting.overlap / setting.tile
        self._sizes = {
            "slice_height": setting.tile,
            "slice_width": setting.tile,
            "overlap_height_ratio": share,
            "overlap_width_ratio": share,
        }

    def plan(self, height: int, width: int) -> Plan:
        """Return SAHI's slices."""
        boxes = self._slicing.get_slice_bboxes(height, width, **self._sizes)
        tiles = tuple(
            Tile(top, left, self._setting.tile, self._setting.tile) for left, top, _, _ in boxes
        )
        return Plan(height, width, self._setting.tile, tiles)

    def merging(self) -> Recipe:
        """Return the recipe that takes the plain mean."""
        return merged_by("flat", self._setting)

    def __call__(self, path: Path) -> npt.NDArray[np.float32]:
        """Take a page from its file to its map."""
        slices = self._slicing.slice_image(str(path), **self._sizes)
        shape = (slices.original_image_height, slices.original_image_width)
        total, count = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for crop, (left, top) in zip(slices.images, slices.starting_pixels, strict=True):
            inside = np.s_[top : top + crop.shape[0], left : left + crop.shape[1]]
            total[inside] += self._networks(self._as_batch(crop))[0, 0].numpy()
            count[inside] += 1
        return total / count
