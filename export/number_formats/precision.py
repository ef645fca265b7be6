"""The number format in which a graph keeps its weights."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import nn

from export.errors import ExportError
from export.graph.tracing import PixelsToProbability
from export.number_formats.formats import GraphFormat

DTYPES: Mapping[GraphFormat, torch.dtype] = {"fp32": torch.float32, "fp16": torch.float16}


def at_precision(network: nn.Module, precision: GraphFormat) -> PixelsToProbability:
    """Return the network between pixels and probability, at a precision; the original stays.

    Pixels come in as whole numbers up to 255, which float16 holds exactly, and the sigmoid is
    always float32.

    Args:
        network: Float32, in eval mode.
        precision: `fp32`, or `fp16` for weights and arithmetic of half the size.

    Raises:
        ExportError: If a weight lies outside the range of float16.
    """
    dtype = DTYPES[precision]
    if dtype is torch.float32:
        return PixelsToProbability(network)
    limit = torch.finfo(dtype).max
    beyond = [
        name
        for name, tensor in network.state_dict().items()
        if tensor.is_floating_point() and tensor.abs().max() > limit
    ]
    if beyond:
        raise ExportError(
            f"weights beyond the range of float16 (±{limit:.0f}): {', '.join(beyond[:4])}; "
            "export with --precision fp32"
        )
    return PixelsToProbability(copy.deepcopy(network).to(dtype), dtype)
