"""Bringing a graph into the form that casting starts from: named nodes, pixels cast at once."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from export.errors import ExportError


def prepare(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy in which every node has a name and the first thing done to pixels is a cast.

    TensorRT takes uint8 at the input of a network, but can do nothing with it except cast it;
    PyTorch's exporter transposes first.

    Raises:
        ExportError: If the graph holds functions or branches, or computes with uint8.
    """
    prepared = onnx.ModelProto()
    prepared.CopyFrom(model)
    graph = prepared.graph
    if prepared.functions or any(_has_branches(node) for node in graph.node):
        raise ExportError("the graph holds functions or branches, which cannot be cast; flatten it")
    _name_the_nodes(graph)
    for pixels in graph.input:
        if pixels.type.tensor_type.elem_type == TensorProto.UINT8:
            _cast_first(graph, pixels.name)
    return prepared


def _has_branches(node: onnx.NodeProto) -> bool:
    return any(attribute.type == onnx.AttributeProto.GRAPH for attribute in node.attribute)


def _name_the_nodes(graph: onnx.GraphProto) -> None:
    taken: set[str] = set()
    for number, node in enumerate(graph.node):
        if not node.name or node.name in taken:
            node.name = f"{node.op_type}_{number}_{node.output[0]}"
        taken.add(node.name)


def _cast_first(graph: onnx.GraphProto, pixels: str) -> None:
    for node in [node for node in graph.node if pixels in node.input]:
        if node.op_type == "Cast" or node.op_type == "Shape":
            continue
        casts = [other for other in graph.node if node.output[0] in other.input]
        kinds = {_target(cast) for cast in casts}
        if node.op_type != "Transpose" or len(kinds) != 1 or None in kinds:
            raise ExportError(
                f"node {node.name} computes {node.op_type} with uint8 pixels, which TensorRT does "
                "not; cast them to float first"
            )
        _swap(graph, node, casts, kinds.pop())


def _target(node: onnx.NodeProto) -> int | None:
    return node.attribute[0].i if node.op_type == "Cast" else None


def _swap(
    graph: onnx.GraphProto, transpose: onnx.NodeProto, casts: list[onnx.NodeProto], to: int | None
) -> None:
    """Let one cast come before the transposition, whose output takes the place of all casts'."""
    numbers = f"{transpose.input[0]}_as_numbers"
    cast = helper.make_node("Cast", [transpose.input[0]], [numbers], to=to, name=f"Cast_{numbers}")
    transpose.input[0], old = numbers, transpose.output[0]
    transpose.output[0] = casts[0].output[0]
    replaced = {cast.output[0] for cast in casts}
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name in replaced:
                node.input[index] = casts[0].output[0]
    kept = [node for node in graph.node if not (node.op_type == "Cast" and old in node.input)]
    place = kept.index(transpose)
    del graph.node[:]
    graph.node.extend([*kept[:place], cast, *kept[place:]])
