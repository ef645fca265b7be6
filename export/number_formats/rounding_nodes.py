"""The quantize and dequantize nodes of a graph in int8, and which of them stay there."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import onnx
from onnx import numpy_helper


def signed_where_negative(quantized: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy without zero points: what is never negative is from 0 to 255, else −127 to 127.

    OpenVINO 2026.4 is off by a constant in some convolutions whose input has a zero point.

    Args:
        quantized: With quantize and dequantize nodes, activations from 0 to 255.
    """
    signed = onnx.ModelProto()
    signed.CopyFrom(quantized)
    values = {tensor.name: tensor for tensor in signed.graph.initializer}
    for node in signed.graph.node:
        if node.op_type != "QuantizeLinear":
            continue
        scale, zero = (numpy_helper.to_array(values[name]) for name in node.input[1:3])
        if zero.dtype != np.uint8 or zero == 0:
            continue
        widest = scale * np.float32(max(int(zero), 255 - int(zero)) / 127)
        values[node.input[1]].CopyFrom(numpy_helper.from_array(widest, node.input[1]))
        nothing = np.zeros((), np.int8)
        values[node.input[2]].CopyFrom(numpy_helper.from_array(nothing, node.input[2]))
    del signed.graph.value_info[:]  # of types that some no longer have
    return signed


def only_convolutions(quantized: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy in which nothing but the quantized convolutions reads rounded values.

    The quantizer gives them to all that read a tensor. A residual connection then adds what was
    rounded for the convolution beside it; OpenVINO is not faster for it.

    Args:
        quantized: With quantize and dequantize nodes.
    """
    exact = onnx.ModelProto()
    exact.CopyFrom(quantized)
    makers = {name: node for node in exact.graph.node for name in node.output}
    for node in exact.graph.node:
        if node.op_type in ("Conv", "QuantizeLinear", "DequantizeLinear"):
            continue
        for index, name in enumerate(node.input):
            back = makers.get(name)
            if back is not None and back.op_type == "DequantizeLinear":
                node.input[index] = makers[back.input[0]].input[0]
    return exact


def in_float32(
    quantized: onnx.ModelProto, source: onnx.ModelProto, kept: Collection[str]
) -> onnx.ModelProto:
    """Return a copy in which some of the quantized convolutions compute in float32 again.

    Args:
        quantized: With quantize and dequantize nodes.
        source: What it was made from, with the weights in float32.
        kept: Names of the convolutions.
    """
    restored = onnx.ModelProto()
    restored.CopyFrom(quantized)
    graph = restored.graph
    before = {node.name: node for node in source.graph.node if node.name in kept}
    for node in graph.node:
        if node.name in before:
            del node.input[:]
            node.input.extend(before[node.name].input)
    _drop_unread(graph)
    present = {tensor.name for tensor in graph.initializer}
    read = {name for node in graph.node for name in node.input}
    graph.initializer.extend(
        tensor
        for tensor in source.graph.initializer
        if tensor.name in read and tensor.name not in present
    )
    return restored


def _drop_unread(graph: onnx.GraphProto) -> None:
    ends = {value.name for value in graph.output}
    nodes: list[onnx.NodeProto] = []
    read = set(ends)
    for node in reversed(graph.node):
        if read.intersection(node.output):
            nodes.append(node)
            read.update(node.input)
    weights = [tensor for tensor in graph.initializer if tensor.name in read]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(nodes))
    graph.initializer.extend(weights)
