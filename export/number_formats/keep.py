"""Which nodes of a graph stay in float32, whatever the rest computes in.

Averages over a whole tile (squeeze-and-excitation, scSE) add up a million values, which float16
neither holds nor rounds well; forgery traces are fainter than the steps of bfloat16, so pixels are
normalized before anything is rounded; squares on their way into a logarithm, such as the energy of
noise residuals, go beyond 65,504 on ordinary pages; and the sigmoid at the end is what the
contract promises.
"""

from __future__ import annotations

import fnmatch
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

import onnx

from export.number_formats.formats import check_patterns

_log = logging.getLogger(__name__)
# The list that is always kept; `--keep-fp32` adds to it.
KEPT_OPERATORS = frozenset(
    {"GlobalAveragePool", "GlobalLpPool", "LogSoftmax", "Softmax"}
    | {"GroupNormalization", "InstanceNormalization", "LayerNormalization"}
    | {"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMean", "ReduceProd"}
    | {"ReduceSum", "ReduceSumSquare"}
)
# Where weights meet activations: what "the network computes in float16" is about.
COMPUTING = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})


def kept_nodes(graph: onnx.GraphProto, patterns: Sequence[str] = ()) -> frozenset[str]:
    """Return the names of the nodes that stay in float32.

    Always: pools and normalizations over a whole tile, whatever comes before the first layer with
    weights, whatever lies between a square and a logarithm, and what gives the graph's output.

    Args:
        graph: Its nodes in order, each with a name of its own.
        patterns: More of them: `op:TYPE`, or `name:GLOB`. One that matches no node is warned of.

    Raises:
        ExportError: If a pattern is neither.
    """
    check_patterns(patterns)
    asked = {text: _matches(graph, text) for text in patterns}
    for text in (text for text, names in asked.items() if not names):
        _log.warning("--keep-fp32 %s: there is no such node", text)
    ends = {value.name for value in graph.output}
    return (
        _before_the_weights(graph)
        | _squares_to_logarithms(graph)
        | frozenset().union(*asked.values())
        | {
            node.name
            for node in graph.node
            if node.op_type in KEPT_OPERATORS or ends & set(node.output)
        }
    )


def _matches(graph: onnx.GraphProto, pattern: str) -> frozenset[str]:
    kind, _, wanted = pattern.partition(":")
    return frozenset(
        node.name
        for node in graph.node
        if (node.op_type == wanted if kind == "op" else fnmatch.fnmatchcase(node.name, wanted))
    )


def outer_convolutions(graph: onnx.GraphProto) -> frozenset[str]:
    """Return the names of the first two convolutions on each way from the pixels, and of the last.

    They see forgery traces while these are a few gray levels strong, or write the answer: in int8
    they cost the default network more than the parity gate allows, the others a small part of it.
    """
    before: dict[str, int] = {}
    behind = {value.name: 0 for value in graph.output}
    found = set()
    for node in graph.node:
        count = max((before.get(name, 0) for name in node.input), default=0)
        count += node.op_type in COMPUTING
        before.update(dict.fromkeys(node.output, count))
        if node.op_type in COMPUTING and count <= 2:
            found.add(node.name)
    for node in reversed(graph.node):
        count = max((behind.get(name, 0) for name in node.output), default=0)
        if node.op_type in COMPUTING and count == 0:
            found.add(node.name)
        count += node.op_type in COMPUTING
        for name in node.input:
            behind[name] = max(behind.get(name, 0), count)
    return frozenset(found)


def computed_filters(graph: onnx.GraphProto) -> frozenset[str]:
    """Return the names of the convolutions whose filters are no stored weights.

    Filters that are not learned, such as high-pass filters, may be nodes; int8 has no ranges of
    theirs.
    """
    stored = {tensor.name for tensor in graph.initializer}
    return frozenset(
        node.name for node in graph.node if node.op_type == "Conv" and node.input[1] not in stored
    )


def asked_formats(graph: onnx.GraphProto, precision: str, kept: frozenset[str]) -> dict[str, str]:
    """Return the format that each node with weights shall compute in, by name."""
    return {
        node.name: "fp32" if node.name in kept else precision
        for node in graph.node
        if node.op_type in COMPUTING
    }


def _before_the_weights(graph: onnx.GraphProto) -> frozenset[str]:
    """Return the nodes that compute with nothing but pixels and constants."""
    constants = {tensor.name for tensor in graph.initializer} | {""}
    pixels = {value.name for value in graph.input}
    found = set()
    for node in graph.node:
        read = set(node.input) - constants
        if not read:
            constants |= set(node.output)
        elif read <= pixels and node.op_type not in COMPUTING:
            found.add(node.name)
            pixels |= set(node.output)
    return frozenset(found)


def _squares_to_logarithms(graph: onnx.GraphProto) -> frozenset[str]:
    """Return the nodes on a way from a square to a logarithm, both ends included."""
    readers, makers = defaultdict(list), {}
    for node in graph.node:
        for name in node.input:
            readers[name].append(node)
        makers.update(dict.fromkeys(node.output, node))
    after = {node.name: [other for name in node.output for other in readers[name]]
             for node in graph.node}  # fmt: skip
    before = {node.name: [makers[name] for name in node.input if name in makers]
              for node in graph.node}  # fmt: skip
    squares = [node for node in graph.node if _is_square(node)]
    logarithms = [node for node in graph.node if node.op_type == "Log"]
    return _reached(squares, after) & _reached(logarithms, before)


def _is_square(node: onnx.NodeProto) -> bool:
    return node.op_type == "Pow" or (node.op_type == "Mul" and len(set(node.input)) == 1)


def _reached(
    nodes: Sequence[onnx.NodeProto], further: Mapping[str, Sequence[onnx.NodeProto]]
) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node.name not in found:
            found.add(node.name)
            waiting += further[node.name]
    return frozenset(found)
