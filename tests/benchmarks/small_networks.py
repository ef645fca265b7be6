"""Two small networks as checkpoints and as the bundle built from them."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from rich.console import Console
from safetensors.torch import save_file
from torch import nn

from benchmarks.peers.ways.way import Networks
from export.build import build_bundle
from export.command_line.terminal import TerminalWatch
from export.graph.tracing import PixelsToProbability, export_graph
from export.request import BuildRequest
from tests.export.conftest import SIZES, with_contrast
from train.networks import build_network

TILES = (64, 96)


def small_networks(folder: Path) -> Networks:
    """Write two checkpoints of the house network in a small size, and build their bundle.

    The second differs from the first in its head alone: tracing is slow, and done once.
    """
    checkpoints = (folder / "member-1.safetensors", folder / "member-2.safetensors")
    torch.manual_seed(1)
    network = with_contrast(build_network("forensic_unet", SIZES))
    _save(network, checkpoints[0])
    with torch.no_grad():
        network.head.weight.mul_(0.5)
        network.head.bias.add_(0.7)
    _save(network, checkpoints[1])

    def trace_once(whole: PixelsToProbability, path: Path, tile: int | None) -> None:
        first = path.with_name("member-1.onnx")
        if path == first:
            export_graph(whole, path, tile)
            return
        model = onnx.load(first)
        values = {f"network.{name}": value for name, value in whole.network.state_dict().items()}
        heads = [one for one in model.graph.initializer if one.name.startswith("network.head.")]
        assert len(heads) == 2
        for one in heads:
            changed = np.asarray(values[one.name].numpy())
            one.CopyFrom(numpy_helper.from_array(changed, one.name))
        onnx.save(model, path)

    request = BuildRequest(checkpoints, folder / "bundle", TILES)
    with (
        patch("export.torch_member.export_graph", trace_once),
        TerminalWatch(Console(quiet=True)) as watch,
    ):
        build_bundle(request, watch)
    return Networks(checkpoints, folder / "bundle")


def _save(network: nn.Module, path: Path) -> None:
    known = {"architecture": "forensic_unet", "config": json.dumps(SIZES)}
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, path, known)
