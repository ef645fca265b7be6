"""MONAI's sliding window over PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.peers.ways.way import Networks, Way, WaySetting, flush_plan, merged_by, read_rgb
from forensics_rt.plan.tiling import Plan
from forensics_rt.plan.window import window
from forensics_rt.recipe import Recipe


class MonaiSlidingWindow(Way):
    """`monai.inferers.sliding_window_inference`, Gaussian weights, one window a call.

    A batch of windows gains nothing on a CPU. The weights are ours: MONAI's are the same Gaussian
    cut off higher up, and the maps could not be held against each other.
    """

    name = "monai"
    title = "MONAI + PyTorch"
    packages = ("monai", "torch")
    bf16 = False

    def open(self, networks: Networks, setting: WaySetting) -> None:
        """Load the members into PyTorch."""
        import torch
        from monai.inferers import sliding_window_inference

        from benchmarks.peers.ways.torch_networks import TorchNetworks, as_batch

        self._slide: Any = sliding_window_inference
        self._inference_mode = torch.inference_mode
        self._as_batch = as_batch
        self._networks = TorchNetworks(networks.checkpoints, self.bf16)
        self._setting = setting
        self._share = setting.overlap / setting.tile
        self._weights = torch.from_numpy(window("gaussian", setting.tile).copy())

    def plan(self, height: int, width: int) -> Plan:
        """Return MONAI's windows."""
        stride = int(self._setting.tile * (1 - self._share))
        return flush_plan(height, width, self._setting.tile, stride)

    def merging(self) -> Recipe:
        """Return the recipe with MONAI's window."""
        return merged_by("gaussian", self._setting)

    def __call__(self, path: Path) -> npt.NDArray[np.float32]:
        """Take a page from its file to its map."""
        pixels = self._as_batch(read_rgb(path))
        tile = self._setting.tile
        with self._inference_mode():
            found = self._slide(
                pixels,
                roi_size=(tile, tile),
                sw_batch_size=1,
                predictor=self._networks,
                overlap=self._share,
                roi_weight_map=self._weights,
            )
        return np.asarray(found[0, 0].numpy(), np.float32)


class MonaiBFloat16(MonaiSlidingWindow):
    """The same under bfloat16 autocast, where the processor computes in it."""

    name = "monai-bf16"
    title = "MONAI + PyTorch, bf16"
    bf16 = True

    @classmethod
    def why_not(cls) -> str | None:
        """Say so where the processor would only pretend."""
        from forensics_rt.backends.openvino import load_openvino

        offered = load_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if "BF16" not in offered:
            return "this processor does not compute in bfloat16"
        return super().why_not()
