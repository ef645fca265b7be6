"""ONNX Runtime under a loop of a dozen lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.peers.ways.way import Networks, Way, WaySetting, flush_plan, merged_by, read_rgb
from forensics_rt.backends.onnxruntime import load_onnxruntime
from forensics_rt.bundle.opening import Bundle
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe


class ONNXRuntimeLoop(Way):
    """The bundle's graphs, uint8 in and probabilities out, tile by tile, averaged by hand."""

    name = "onnxruntime"
    title = "ONNX Runtime, own loop"
    packages = ("onnxruntime",)

    def open(self, networks: Networks, setting: WaySetting) -> None:
        """Open a session for each member."""
        onnxruntime = load_onnxruntime()

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = setting.threads
        bundle = Bundle.open(networks.bundle)
        self._sessions = [
            onnxruntime.InferenceSession(bundle.graph(member), options, ["CPUExecutionProvider"])
            for member in bundle.manifest.members
        ]
        self._setting = setting

    def plan(self, height: int, width: int) -> Plan:
        """Return the loop's tiles."""
        stride = self._setting.tile - self._setting.overlap
        return flush_plan(height, width, self._setting.tile, stride)

    def merging(self) -> Recipe:
        """Return the recipe that takes the plain mean."""
        return merged_by("flat", self._setting)

    def __call__(self, path: Path) -> npt.NDArray[np.float32]:
        """Take a page from its file to its map."""
        image = read_rgb(path)
        total = np.zeros(image.shape[:2], np.float32)
        count = np.zeros(image.shape[:2], np.float32)
        for tile in self.plan(*image.shape[:2]).tiles:
            inside = np.s_[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
            crop = np.ascontiguousarray(image[inside][None])
            for session in self._sessions:
                total[inside] += session.run(None, {"image": crop})[0][0]
            count[inside] += len(self._sessions)
        return total / count
