"""Filters that int8 holds without any rounding: whole numbers times a power of two.

Fixed high-pass filters are such, and the pixels that they read are whole numbers, too. Rounded like
learned weights, at steps of a 127th of the largest, they would let a little of the brightness
through, which is more than the noise that they are for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, numpy_helper

_MOST = 127
# Powers of two that are tried as the unit of a filter.
_EXPONENTS = range(16, -25, -1)


def exact_where_whole(quantized: onnx.ModelProto, source: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy in which whole filters on pixels are exact.

    Args:
        quantized: With quantize and dequantize nodes.
        source: What it was made from: the same nodes, with the weights in float32.
    """
    exact = onnx.ModelProto()
    exact.CopyFrom(quantized)
    values = {tensor.name: tensor for tensor in exact.graph.initializer}
    weights = {tensor.name: tensor for tensor in source.graph.initializer}
    makers = {name: node for node in exact.graph.node for name in node.output}
    filters = {node.name: node.input[1] for node in source.graph.node if node.op_type == "Conv"}
    pixels = _pixels(source.graph)
    for node in exact.graph.node:
        back = makers.get(node.input[0]) if node.op_type == "Conv" else None
        if back is None or back.op_type != "DequantizeLinear":
            continue
        rounded, stored = makers[back.input[0]], weights.get(filters[node.name])
        found = None if stored is None else whole_numbers(numpy_helper.to_array(stored))
        if found is None or rounded.input[0] not in pixels:
            continue
        steps = makers[node.input[1]].input
        for name, array in zip(steps, (*found, np.zeros(len(found[1]), np.int8)), strict=False):
            values[name].CopyFrom(numpy_helper.from_array(array, name))
        one, nothing = np.ones((), np.float32), np.zeros((), np.uint8)
        for name, array in zip(back.input[1:3], (one, nothing), strict=True):
            values[name].CopyFrom(numpy_helper.from_array(array, name))
    return exact


def whole_numbers(
    weights: npt.NDArray[Any],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]] | None:
    """Return weights as whole numbers, and the power of two that each output channel multiplies.

    Args:
        weights: O×I×H×W float32.

    Returns:
        O×I×H×W int8 from −127 to 127 and O float32; `None` if some channel is no such thing.

    Example:
        >>> whole_numbers(np.array([0.25, -0.75], np.float32).reshape(2, 1, 1, 1))[1].tolist()
        [0.25, 0.25]
    """
    scales = np.array([_unit(one) for one in weights], np.float32)
    if not scales.all():
        return None
    return (weights / scales.reshape(-1, 1, 1, 1)).astype(np.int8), scales


def _unit(weights: npt.NDArray[Any]) -> float:
    """Return the largest power of two that divides all weights; 0 if they are not whole by it."""
    for exponent in _EXPONENTS:
        unit = 2.0**exponent
        whole = weights / unit
        if np.array_equal(whole, np.round(whole)):
            return unit if np.abs(whole).max() <= _MOST else 0.0
    return 0.0


def _pixels(graph: onnx.GraphProto) -> frozenset[str]:
    """Return the tensors that hold the pixels of the input, in whatever order and type."""
    whole = {
        value.name for value in graph.input if value.type.tensor_type.elem_type == TensorProto.UINT8
    }
    for node in graph.node:
        if node.op_type in ("Cast", "Transpose") and node.input[0] in whole:
            whole |= set(node.output)
    return frozenset(whole)
