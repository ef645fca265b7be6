"""Tracing in seconds, for measurements and tests that need a real network's graph.

PyTorch's older exporter takes seconds where the one that bundles are built with takes minutes for
the large network; the operators are the same.
"""

from __future__ import annotations

import io
import warnings

import onnx
import torch
from torch import nn

from export.graph.tracing import OPSET, PixelsToProbability


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
