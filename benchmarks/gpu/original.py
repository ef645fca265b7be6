"""The original system's way through a page on a GPU, with the graphs of a bundle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from benchmarks.peers.ways.original import Network, map_through_files
from forensics_rt.backends.torch_graph import TorchGraph
from forensics_rt.bundle.opening import Bundle


def original_way(
    bundle: Bundle, device: str, members: int
) -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]:
    """Return the way of the original system with the graphs of a bundle, loaded once.

    Filters lie as its checkpoints have them, not as our backend lays them out on a GPU.

    Args:
        bundle: Whose networks to run.
        device: Torch's name of the device.
        members: How many of them.

    Returns:
        From a page (H×W×3 RGB) to its map (H×W float32 in [0, 1]); see `map_through_files`.
    """
    folds = [
        _of_channels_first(TorchGraph(bundle.graph(member), device))
        for member in bundle.manifest.members[:members]
    ]

    def call(page: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        sizes = bundle.manifest.tile_sizes
        return map_through_files(page, sizes, len(folds), lambda fold, _: folds[fold], device)

    return call


def _of_channels_first(graph: TorchGraph) -> Network:
    return lambda pixels: graph(pixels.permute(0, 2, 3, 1))
