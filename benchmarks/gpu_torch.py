"""PyTorch's ways through a page: as the original system went, and as fast as PyTorch goes."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch

from forensics_rt.backends.torch import TorchGraph
from forensics_rt.bundle import Bundle
from forensics_rt.plan.tianchi_fft2 import plan_original_tiles


class OriginalWay:
    """The way of the original system: crops on the host, one tile a call, PNG files between.

    Crops are written as PNG, each is read back and run through each network in float32, its
    answer is written as an 8-bit PNG, and the map is pasted together from those files. The tiles
    are the original's own.

    Args:
        bundle: Whose networks to run.
        device: Torch's name of the device.
        members: How many of them.
    """

    def __init__(self, bundle: Bundle, device: str, members: int) -> None:
        """Load the networks."""
        self._device = device
        self._sizes = bundle.manifest.tile_sizes
        self._networks = [
            TorchGraph(bundle.graph(member), device) for member in bundle.manifest.members[:members]
        ]

    def __call__(self, page: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the map of a page (H×W×3 RGB): H×W float32 in [0, 1]."""
        height, width = page.shape[:2]
        plan = plan_original_tiles(height, width, self._sizes)
        maps = np.zeros((len(self._networks), height, width), np.uint8)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for index, tile in enumerate(plan.tiles):
                rows, columns = (slice(at, at + tile.size) for at in (tile.top, tile.left))
                cv2.imwrite(str(folder / f"{index}.png"), page[rows, columns, ::-1])
            for member, network in enumerate(self._networks):
                for index in range(len(plan.tiles)):
                    crop = cv2.imread(str(folder / f"{index}.png"))
                    answer = self._run(network, np.ascontiguousarray(crop[..., ::-1]))
                    cv2.imwrite(str(folder / f"{member}-{index}.png"), answer)
                for index, tile in enumerate(plan.tiles):
                    found = cv2.imread(str(folder / f"{member}-{index}.png"), cv2.IMREAD_GRAYSCALE)
                    rows, columns = (slice(at, at + tile.size) for at in (tile.top, tile.left))
                    maps[member, rows, columns] = found
            return (maps.mean(axis=0) / 255).astype(np.float32)

    def _run(self, network: TorchGraph, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        with torch.inference_mode():
            answer = network(torch.from_numpy(crop[None]).to(self._device))[0]
            return np.rint(answer.float().cpu().numpy() * 255).astype(np.uint8)


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
        self.replay(member, torch.from_numpy(images))
        return self._recorded[member, images.shape][2].float().cpu().numpy()

    def replay(self, member: int, images: torch.Tensor) -> None:
        """Queue a batch; what it answers lies in the graph's own memory."""
        key = (member, tuple(images.shape))
        if key not in self._recorded:
            self._recorded[key] = self._record(member, images)
        graph, entry, _ = self._recorded[key]
        entry.copy_(images, non_blocking=True)
        graph.replay()

    def _record(self, member: int, images: torch.Tensor) -> tuple[Any, Any, Any]:
        entry = images.cuda()
        with contextlib.ExitStack() as stack:
            stack.enter_context(torch.inference_mode())
            stack.enter_context(torch.autocast("cuda", torch.float16, cache_enabled=False))
            aside = torch.cuda.Stream()
            with torch.cuda.stream(aside):
                for _ in range(3):  # settles cuDNN's choice of kernels
                    self._networks[member](entry)
            torch.cuda.current_stream().wait_stream(aside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                answer = self._networks[member](entry)
        return graph, entry, answer
