"""The way of the original system: tiles as PNG files, one pass a fold, maps as PNG files.

What is repeated here: every image is cut into PNG files; each fold reads them all back, in batches
of the original's sizes, in float32; its answers become 8-bit PNG files, which are pasted together
into a map, which is a PNG file too; the mean of the folds' maps is the answer, and its mask a last
PNG file. A fold is loaded anew for every tile size, once for a whole folder of images.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.peers.ways.way import Networks, Way, WaySetting, read_rgb
from forensics_rt.errors import OutputError
from forensics_rt.plan.tianchi_fft2 import plan_original_tiles
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.recipe import PRESETS, Recipe

# Tiles in one call of the network, by their side; other sides than the original's go one by one.
BATCHES = {384: 16, 512: 12, 768: 6, 1024: 6}
FORGED_FROM = 127.5

# From a tensor of N×3×H×W uint8 RGB to one of N×H×W probabilities, on the same device.
Network: TypeAlias = Callable[[Any], Any]


def map_through_files(
    page: npt.NDArray[np.uint8],
    sizes: Sequence[int],
    folds: int,
    network_of: Callable[[int, int], Network],
    device: str = "cpu",
) -> npt.NDArray[np.float32]:
    """Take a page through the original's files to its map.

    Args:
        page: H×W×3 RGB.
        sizes: Sides of the square tiles in pixels; the largest that fits is taken.
        folds: How many networks vote.
        network_of: Gives the network of a fold for a tile size.
        device: Torch's name of where the networks are.

    Returns:
        H×W float32, the mean of 8-bit maps over 255.

    Raises:
        RecipeError: If a side is shorter than the smallest tile.
        OutputError: If a file cannot be written.
    """
    plan = plan_original_tiles(*page.shape[:2], sizes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for index, tile in enumerate(plan.tiles):
            _write(folder / f"tile-{index}.png", page[_inside(tile)][..., ::-1])
        for fold in range(folds):
            network = network_of(fold, plan.tile_size)
            for index, answer in enumerate(_answers(folder, plan, network, device)):
                _write(folder / f"answer-{index}.png", answer)
            _write(folder / f"fold-{fold}.png", _pasted(folder, plan))
        maps = [_read(folder / f"fold-{fold}.png", cv2.IMREAD_GRAYSCALE) for fold in range(folds)]
        mean = np.mean(maps, axis=0)
        _write(folder / "mask.png", np.where(mean >= FORGED_FROM, 255, 0).astype(np.uint8))
    return (mean / 255).astype(np.float32)


def _answers(
    folder: Path, plan: Plan, network: Network, device: str
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the answer to each tile in turn: size×size, 255 for certainly forged."""
    import torch  # here, because our own ways live beside this one and must not carry torch

    batch = BATCHES.get(plan.tile_size, 1)
    for first in range(0, len(plan.tiles), batch):
        crops = [
            _read(folder / f"tile-{index}.png", cv2.IMREAD_COLOR)[..., ::-1].transpose(2, 0, 1)
            for index in range(first, min(first + batch, len(plan.tiles)))
        ]
        with torch.inference_mode():
            found = network(torch.from_numpy(np.stack(crops)).to(device)).float().cpu().numpy()
        yield from np.rint(found * 255).astype(np.uint8)


def _pasted(folder: Path, plan: Plan) -> npt.NDArray[np.uint8]:
    whole = np.zeros((plan.height, plan.width), np.uint8)
    for index, tile in enumerate(plan.tiles):
        whole[_inside(tile)] = _read(folder / f"answer-{index}.png", cv2.IMREAD_GRAYSCALE)
    return whole


def _inside(tile: Tile) -> tuple[slice, slice]:
    return slice(tile.top, tile.top + tile.height), slice(tile.left, tile.left + tile.width)


def _write(path: Path, picture: npt.NDArray[np.uint8]) -> None:
    if not cv2.imwrite(str(path), picture):
        raise OutputError(f"{path}: cannot be written; is the temporary folder full?")


def _read(path: Path, kind: int) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.imread(str(path), kind), np.uint8)


class Original(Way):
    """The original's way on the CPU."""

    name = "original"
    title = "the original system"
    packages = ("torch",)
    equal = "ours-tianchi-fft2"

    def open(self, networks: Networks, setting: WaySetting) -> None:
        """Remember where the checkpoints are: each is loaded when a tile size first needs it."""
        self._checkpoints = networks.checkpoints
        self._sizes = setting.sizes
        self._loaded: dict[int, Network] = {}
        self._loading: dict[tuple[int, int], float] = {}

    @property
    def pass_seconds(self) -> float:
        """Loading each fold anew for each tile size met so far."""
        return sum(self._loading.values())

    def plan(self, height: int, width: int) -> Plan:
        """Return the original's tiles."""
        return plan_original_tiles(height, width, self._sizes)

    def merging(self) -> Recipe:
        """Return the recipe that repeats the original."""
        return PRESETS["tianchi-fft2"]

    def __call__(self, path: Path) -> npt.NDArray[np.float32]:
        """Take a page from its file to its map."""
        return map_through_files(read_rgb(path), self._sizes, len(self._checkpoints), self._network)

    def _network(self, fold: int, size: int) -> Network:
        """Return a fold, loaded once for each tile size, whose time `pass_seconds` tells."""
        if (fold, size) not in self._loading:
            from train.checkpoint.load import load_checkpoint

            start = time.perf_counter()
            network = load_checkpoint(self._checkpoints[fold]).network.eval()
            self._loading[fold, size] = time.perf_counter() - start
            # Contiguous as it came from the loader: the original knew no other layout.
            self._loaded[fold] = lambda pixels: network(pixels.float()).sigmoid()
        return self._loaded[fold]
