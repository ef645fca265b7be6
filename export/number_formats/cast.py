"""Casting a graph to a number format, node by node: the precision of an engine is in its graph.

TensorRT takes the types of a strongly typed network as they are. So a graph in float16 is one
whose tensors are float16, but for the nodes on the list, which have casts around them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from export.errors import ExportError

FORMATS: Mapping[str, int] = {
    "fp32": TensorProto.FLOAT,
    "fp16": TensorProto.FLOAT16,
    "bf16": TensorProto.BFLOAT16,
}
_FLOATS = frozenset(FORMATS.values())
# Inputs that the standard wants in float32, whatever the node computes in.
_ALWAYS_FP32 = {("Resize", 1), ("Resize", 2), ("Upsample", 1)}
_SHORT = {number: name for name, number in FORMATS.items()}


def cast_graph(
    model: onnx.ModelProto, precision: str, kept: frozenset[str] = frozenset()
) -> onnx.ModelProto:
    """Return a copy that computes in a number format, the kept nodes in float32.

    Args:
        model: Prepared (`export.graph.ends.prepare`); its floats may be of any format.
        precision: `fp32`, `fp16` or `bf16`.
        kept: Names of the nodes that stay in float32.

    Raises:
        ExportError: If a weight lies outside the range of float16.

    Example:
        >>> cast_graph(model, "fp16", kept_nodes(model.graph))  # doctest: +SKIP
    """
    typed = onnx.shape_inference.infer_shapes(model)
    return _Caster(typed, FORMATS[precision], kept).result()


class _Caster:
    """Goes through the nodes in order and knows each tensor's old type and new type."""

    def __init__(self, typed: onnx.ModelProto, to: int, kept: frozenset[str]) -> None:
        self._model, self._to, self._kept = typed, to, kept
        graph = typed.graph
        self._weights = {tensor.name: tensor for tensor in graph.initializer}
        self._was = {
            value.name: value.type.tensor_type.elem_type
            for value in (*graph.input, *graph.value_info, *graph.output)
        } | {name: tensor.data_type for name, tensor in self._weights.items()}
        self._now = dict(self._was)
        self._same: dict[str, str] = {}  # outputs of casts that are none any more
        self._nodes: list[onnx.NodeProto] = []
        self._made: dict[tuple[str, int], str] = {}
        self._new_weights: dict[str, onnx.TensorProto] = {}

    def result(self) -> onnx.ModelProto:
        """Cast every node, and put the graph together again."""
        graph = self._model.graph
        ends = {value.name: value.type.tensor_type.elem_type for value in graph.output}
        for node in graph.node:
            self._add(node, ends)
        used = {name for node in self._nodes for name in node.input} | set(ends)
        weights = {**self._weights, **self._new_weights}
        cast = onnx.ModelProto()
        cast.CopyFrom(self._model)
        for part in (cast.graph.node, cast.graph.initializer, cast.graph.value_info):
            del part[:]
        cast.graph.node.extend(self._nodes)
        cast.graph.initializer.extend(weights[name] for name in weights if name in used)
        return cast

    def _add(self, source: onnx.NodeProto, ends: Mapping[str, int]) -> None:
        node = onnx.NodeProto()
        node.CopyFrom(source)
        to = TensorProto.FLOAT if node.name in self._kept else self._to
        if self._between_floats(node) and node.output[0] not in ends:
            self._same[node.output[0]] = self._same.get(node.input[0], node.input[0])
            return
        for index, name in enumerate(source.input):
            if self._was.get(name) in _FLOATS:
                wanted = TensorProto.FLOAT if (node.op_type, index) in _ALWAYS_FP32 else to
                node.input[index] = self._as(self._same.get(name, name), wanted)
        _set_types(node, to)
        self._nodes.append(node)
        for name in node.output:
            if self._was.get(name) in _FLOATS:
                self._now[name] = to

    def _between_floats(self, node: onnx.NodeProto) -> bool:
        return (
            node.op_type == "Cast"
            and {
                self._was.get(node.input[0]),
                self._was.get(node.output[0]),
            }
            <= _FLOATS
        )

    def _as(self, name: str, wanted: int) -> str:
        """Return the name of a tensor's values in the wanted type, a cast added where need be."""
        if self._now[name] == wanted:
            return name
        if (name, wanted) not in self._made:
            cast = self._made[name, wanted] = f"{name}_{_SHORT[wanted]}"
            if name in self._weights:
                self._new_weights[cast] = _cast_tensor(self._weights[name], cast, wanted)
            else:
                self._nodes.append(
                    helper.make_node("Cast", [name], [cast], to=wanted, name=f"Cast_{cast}")
                )
        return self._made[name, wanted]


def _set_types(node: onnx.NodeProto, to: int) -> None:
    """Change what a node's attributes say of floats: the target of a cast, a constant's values."""
    for attribute in node.attribute:
        if attribute.name in {"to", "dtype"} and attribute.i in _FLOATS:
            attribute.i = to
        elif attribute.type == onnx.AttributeProto.TENSOR and attribute.t.data_type in _FLOATS:
            attribute.t.CopyFrom(_cast_tensor(attribute.t, attribute.t.name, to))
        elif node.op_type == "Constant" and attribute.name in {"value_float", "value_floats"}:
            many = attribute.name == "value_floats"
            values = np.asarray(list(attribute.floats) if many else attribute.f, np.float32)
            tensor = _cast_tensor(numpy_helper.from_array(values, node.output[0]), "", to)
            attribute.CopyFrom(helper.make_attribute("value", tensor))


def _cast_tensor(tensor: onnx.TensorProto, name: str, to: int) -> onnx.TensorProto:
    values = numpy_helper.to_array(tensor).astype(np.float32)
    limit = np.finfo(np.float16).max
    if to == TensorProto.FLOAT16 and np.abs(values).max(initial=0.0) > limit:
        raise ExportError(
            f"{tensor.name}: holds values beyond the range of float16 (±{limit:.0f}); build with "
            "--engine-precision bf16 or fp32, or keep its node: --keep-fp32 name:NODE"
        )
    kind = helper.tensor_dtype_to_np_dtype(to)
    return numpy_helper.from_array(values.astype(kind), name)
