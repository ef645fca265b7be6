"""Bundles for the tests of engines: real networks, traced the quick way.

PyTorch's older exporter takes seconds where the one that bundles are built with takes minutes for
the large network; the operators are the same.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from export.graph import OPSET, PixelsToProbability
from export.probes import probe_tiles
from export.tensorrt.dialect import load_dialect
from export.tensorrt.request import Kind
from forensics_rt.bundle import Bundle
from forensics_rt.engines.probe import installed_tensorrt, this_machine
from tests.bundles import write_bundle


def skip_unless_it_builds_here(kind: Kind) -> None:
    """Skip a test of engines that are to run on this machine's GPU, where this kind has none."""
    if kind not in installed_tensorrt():
        pytest.skip(f"{kind} is not installed")
    capability = this_machine().compute_capability
    if kind == "tensorrt-rtx" and capability is not None:
        known = load_dialect(kind).trt.ComputeCapability
        if not hasattr(known, f"SM{capability.replace('.', '')}"):
            pytest.skip(f"{kind} does not build for compute capability {capability}")


def quick_graph(network: nn.Module) -> onnx.ModelProto:
    """Trace a network between pixels and probability."""
    written = io.BytesIO()
    sides = {0: "n", 1: "h", 2: "w"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            PixelsToProbability(network),
            (torch.zeros(1, 64, 64, 3, dtype=torch.uint8),),
            written,
            dynamo=False,
            opset_version=OPSET,
            input_names=["image"],
            output_names=["probability"],
            dynamic_axes={"image": sides, "probability": sides},
        )
    return onnx.load_from_string(written.getvalue())


def quick_bundle(folder: Path, network: nn.Module, tiles: tuple[int, ...]) -> Bundle:
    """Write a bundle of one network, with a golden for each tile size."""
    whole = PixelsToProbability(network)
    images = [probe_tiles(tile)[0] for tile in tiles]
    with torch.inference_mode():
        goldens = [(image, whole(torch.from_numpy(image[None]))[0].numpy()) for image in images]
    assert all(np.ptp(answer) > 0.5 for _, answer in goldens), "a golden must have contrast"
    return write_bundle(folder, [quick_graph(network)], tiles, goldens=goldens)
