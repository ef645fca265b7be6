"""Which nodes of a graph stay in float32, whatever the rest computes in.

Averages over a whole tile (squeeze-and-excitation, scSE) add up a million values, which float16
neither holds nor rounds well; forgery traces are fainter than the steps of bfloat16, so pixels are
normalised before anything is rounded; squares on their way into a logarithm, such as the energy of
noise residuals, go beyond 65,504 on ordinary pages; and the sigmoid at the end is what the
contract promises.
"""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Mapping, Sequence

import onnx

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

    Always: pools and normalisations over a whole tile, whatever comes before the first layer with
    weights, whatever lies between a square and a logarithm, and what gives the graph's output.

    Args:
        graph: Its nodes in order, each with a name of its own.
        patterns: More of them: `op:TYPE`, or `name:GLOB`.
    """
    operators = KEPT_OPERATORS | {text[3:] for text in patterns if text.startswith("op:")}
    globs = [text[5:] for text in patterns if text.startswith("name:")]
    ends = {value.name for value in graph.output}
    return (
        _before_the_weights(graph)
        | _squares_to_logarithms(graph)
        | {
            node.name
            for node in graph.node
            if node.op_type in operators
            or ends & set(node.output)
            or any(fnmatch.fnmatchcase(node.name, glob) for glob in globs)
        }
    )


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
