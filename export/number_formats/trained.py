"""Networks that were trained for int8: `python -m train fit-int8` writes their checkpoints."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from export.errors import ExportError
from export.graph.tracing import PixelsToProbability, export_graph
from forensics_rt.bundle.manifest import Manifest, MemberRecord
from train.checkpoint.load import INT8_OF, INT8_RANGES, load_checkpoint

# What the export calls the weights of a convolution, around the name of the convolution.
_BEFORE, _AFTER = "network.", ".weight"


@dataclass(frozen=True)
class TrainedForInt8:
    """A network that answers in int8 as another one does in float32.

    Attributes:
        model: Its graph in float32.
        ranges: The least and the greatest value that each convolution reads, by its name.
        sha256: Of its checkpoint.
    """

    model: onnx.ModelProto
    ranges: Mapping[str, tuple[float, float]]
    sha256: str


def load_trained(path: Path, manifest: Manifest, network: MemberRecord) -> TrainedForInt8:
    """Read a checkpoint and trace its network.

    Args:
        path: The checkpoint.
        manifest: Of the bundle.
        network: That it was trained on from.

    Raises:
        CheckpointError: If it cannot be read.
        ExportError: If it is no checkpoint of `fit-int8`, or that of another network.
    """
    loaded = load_checkpoint(path)
    if INT8_RANGES not in loaded.metadata:
        raise ExportError(
            f"{path}: holds no {INT8_RANGES}; --int8-checkpoint takes what "
            "`python -m train fit-int8` wrote"
        )
    origin = manifest.built_with.get(f"checkpoint {network.name}")
    if origin is not None and origin != loaded.metadata.get(INT8_OF):
        raise ExportError(
            f"{path}: was trained on from another checkpoint than {network.name}: SHA-256 "
            f"{loaded.metadata.get(INT8_OF)}, expected {origin}; give one --int8-checkpoint for "
            "each --checkpoint, in the same order"
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trained.onnx"
        export_graph(PixelsToProbability(loaded.network), file)
        model = onnx.load(file)
    return TrainedForInt8(model, json.loads(loaded.metadata[INT8_RANGES]), loaded.sha256)


def untrained(graph: onnx.GraphProto, ranges: Mapping[str, tuple[float, float]]) -> frozenset[str]:
    """Return the names of the convolutions that were exact in training, such as fixed filters.

    Args:
        graph: With the weights under the names that the export gives them.
        ranges: By the names of the convolutions that were not.

    Raises:
        ExportError: If the graph lacks one of those.
    """
    layers = {node.name: _layer(node.input[1]) for node in graph.node if node.op_type == "Conv"}
    if lost := ranges.keys() - layers.values():
        raise ExportError(
            f"{min(lost)}: was trained for int8, but the graph names no such convolution; use the "
            "versions of torch and onnxscript of forensics_rt[export]"
        )
    return frozenset(name for name, layer in layers.items() if layer not in ranges)


def with_ranges(
    quantized: onnx.ModelProto, source: onnx.ModelProto, ranges: Mapping[str, tuple[float, float]]
) -> onnx.ModelProto:
    """Return a copy in which convolutions read what they were trained to read.

    Args:
        quantized: With quantize and dequantize nodes.
        source: What it was made from, with the weights under the names that the export gives them.
        ranges: By the names of the convolutions; none of the others is quantized.
    """
    changed = onnx.ModelProto()
    changed.CopyFrom(quantized)
    weights = {node.name: node.input[1] for node in source.graph.node if node.op_type == "Conv"}
    makers = {name: node for node in changed.graph.node for name in node.output}
    widest: dict[tuple[str, str], tuple[float, float]] = {}
    for node in changed.graph.node:
        back = makers.get(node.input[0]) if node.op_type == "Conv" else None
        if back is None or back.op_type != "DequantizeLinear":
            continue
        low, high = ranges[_layer(weights[node.name])]
        place = back.input[1], back.input[2]
        before = widest.get(place, (0.0, 0.0))
        widest[place] = min(low, before[0]), max(high, before[1])
    values = {tensor.name: tensor for tensor in changed.graph.initializer}
    for (scale, zero), (low, high) in widest.items():
        # The rule of train.int8.rounding.InputRange.steps.
        step = high / 255 if low >= 0.0 else max(-low, high) / 127
        nothing = np.zeros((), np.uint8 if low >= 0.0 else np.int8)
        values[scale].CopyFrom(numpy_helper.from_array(np.asarray(step, np.float32), scale))
        values[zero].CopyFrom(numpy_helper.from_array(nothing, zero))
    return changed


def _layer(weights: str) -> str:
    return weights.removeprefix(_BEFORE).removesuffix(_AFTER)
