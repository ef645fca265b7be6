"""Which nodes of a graph stay in float32, whatever the rest computes in.

Averages over a whole tile (squeeze-and-excitation, scSE) add up a million values, which float16
neither holds nor rounds well; forgery traces are fainter than the steps of bfloat16, so pixels are
normalised before anything is rounded; and the sigmoid at the end is what the contract promises.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

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
    weights, and what gives the graph's output.

    Args:
        graph: Its nodes in order, each with a name of its own.
        patterns: More of them: `op:TYPE`, or `name:GLOB`.
    """
    operators = KEPT_OPERATORS | {text[3:] for text in patterns if text.startswith("op:")}
    globs = [text[5:] for text in patterns if text.startswith("name:")]
    ends = {value.name for value in graph.output}
    return _before_the_weights(graph) | {
        node.name
        for node in graph.node
        if node.op_type in operators
        or ends & set(node.output)
        or any(fnmatch.fnmatchcase(node.name, glob) for glob in globs)
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
