"""PyTorch's ways through a page: as the original system went, and as fast as PyTorch goes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.ways.original import Network, map_through_files
from forensics_rt.backends.torch import TorchGraph
from forensics_rt.bundle import Bundle


def original_way(
    bundle: Bundle, device: str, members: int
) -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]:
    """Return the way of the original system with the graphs of a bundle, loaded once.

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


class GraphedTorch:
    """Networks in float16 by autocast, channels last, each batch shape as one CUDA graph.

    Args:
        bundle: Whose networks to run.
        members: How many of them.
    """

    def __init__(self, bundle: Bundle, members: int) -> None:
        """Load the networks onto the GPU."""
        self._networks = [
            TorchGraph(bundle.graph(member), "cuda") for member in bundle.manifest.members[:members]
        ]
        for network in self._networks:
            for name, weight in network._weights.items():
                if weight.ndim == 4:
                    network._weights[name] = weight.to(memory_format=torch.channels_last)
        self._recorded: dict[tuple[int, tuple[int, ...]], Any] = {}

    def __call__(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the answers to a batch: N×H×W×3 uint8 to N×H×W float32."""
        return self.replay(member, torch.from_numpy(images)).float().cpu().numpy()

    def replay(self, member: int, images: torch.Tensor) -> torch.Tensor:
        """Queue a batch on the current stream; its answers stand until the next of its shape."""
        key = (member, tuple(images.shape))
        if key not in self._recorded:
            self._recorded[key] = self._record(member, images)
        graph, entry, answers = self._recorded[key]
        entry.copy_(images, non_blocking=True)
        graph.replay()
        return answers

    def _record(self, member: int, images: torch.Tensor) -> tuple[Any, torch.Tensor, torch.Tensor]:
        entry = torch.zeros_like(images, device="cuda")  # a graph keeps the addresses it has seen
        with contextlib.ExitStack() as stack:
            stack.enter_context(torch.inference_mode())
            stack.enter_context(torch.autocast("cuda", torch.float16, cache_enabled=False))
            aside = torch.cuda.Stream()
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                for _ in range(3):  # settles cuDNN's choice of kernels
                    self._networks[member](entry)
            torch.cuda.current_stream().wait_stream(aside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                answers = self._networks[member](entry)
        return graph, entry, answers
