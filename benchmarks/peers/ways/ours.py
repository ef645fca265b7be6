"""Our own ways: the detector under three recipes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.peers.ways.way import Networks, Way, WaySetting, merged_by
from forensics_rt import Bundle, Detector
from forensics_rt.backends.registry import open_backend
from forensics_rt.inference.host import HostInferer
from forensics_rt.inference.job import Job
from forensics_rt.inference.tile_loop import TileLoop
from forensics_rt.io.decode import decode
from forensics_rt.plan.by_recipe import plan_for
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import PRESETS, Recipe


class Ours(Way):
    """A detector on the backend that `auto` finds, on the CPU."""

    packages = ("forensics_rt",)
    equal = None

    def open(self, networks: Networks, setting: WaySetting) -> None:
        """Open the bundle and start the backend."""
        self._setting = setting
        self._bundle = Bundle.open(networks.bundle)
        self._backend = open_backend(self._bundle, "auto", "cpu")
        self._detector = Detector(self._bundle, self._backend, self.merging())

    @abstractmethod
    def merging(self) -> Recipe:
        """Return the recipe."""

    def versions(self) -> dict[str, str]:
        """Return our version, and those of the engine with its number format."""
        uses = self._backend.capabilities
        engine = {name: f"{number} {uses.precision}" for name, number in uses.versions.items()}
        return super().versions() | engine

    def plan(self, height: int, width: int) -> Plan:
        """Return the recipe's tiles."""
        return plan_for(self._detector.recipe, height, width, self._setting.sizes)

    def __call__(self, path: Path) -> npt.NDArray[np.float32]:
        """Take a page from its file to its map."""
        return self._detector(path).probability

    def on_plan(self, path: Path, plan: Plan, merging: Recipe) -> npt.NDArray[np.float32]:
        """Compute another way's tiles, merged as it merges them; nothing that is timed.

        Args:
            path: A page.
            plan: The other way's tiles of it.
            merging: The recipe whose merging is the other way's.
        """
        weights = [member.weight for member in self._bundle.manifest.members]
        inferer = HostInferer(TileLoop(self._backend, merging, weights))
        return inferer.run(Job(decode(path).pixels, plan)).probability

    def close(self) -> None:
        """Close the detector and its backend."""
        self._detector.close()


class OursOriginalTiles(Ours):
    """The recipe that repeats the original, on its tiles."""

    name = "ours-tianchi-fft2"
    title = "forensics_rt, recipe tianchi-fft2"

    def merging(self) -> Recipe:
        """Return the recipe."""
        return replace(PRESETS["tianchi-fft2"], tile_sizes=self._setting.sizes)


class OursEqualTiles(Ours):
    """The tile size and overlap of the libraries, MONAI's window."""

    name = "ours-equal"
    title = "forensics_rt, tiles as the libraries'"

    def merging(self) -> Recipe:
        """Return the recipe."""
        return merged_by("gaussian", self._setting)


class OursBalanced(Ours):
    """What `Detector()` does when nothing is asked."""

    name = "ours-balanced"
    title = "forensics_rt, recipe balanced"

    def merging(self) -> Recipe:
        """Return the recipe."""
        return replace(PRESETS["balanced"], tile_sizes=self._setting.sizes)
