"""What an ONNX graph says of itself: names, shapes, what its values are; and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import onnx
from onnx import TensorProto

# What keeps values that were probabilities already what they are.
_PASSING = frozenset(
    {"Cast", "Identity", "Reshape", "Resize", "Slice", "Squeeze", "Transpose", "Unsqueeze"}
    | {"Clip", "Gather", "Flatten", "Crop", "Pad"}
)
_TO_PROBABILITY = frozenset({"Sigmoid", "HardSigmoid", "Softmax"})
PIXEL_TYPES = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.UINT8)


@dataclass(frozen=True)
class Value:
    """An input or output of a graph: its name, its sides (`None` for free ones) and ONNX's type."""

    name: str
    sides: tuple[int | None, ...]
    kind: int

    def __str__(self) -> str:
        """Write it as `input 1×3×?×?`."""
        return f"{self.name} {'×'.join('?' if s is None else str(s) for s in self.sides)}"


def inputs_of(model: onnx.ModelProto) -> list[Value]:
    """Return the inputs, without weights that old exporters list among them."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return [_value(one) for one in model.graph.input if one.name not in weights]


def outputs_of(model: onnx.ModelProto) -> list[Value]:
    """Return the outputs."""
    return [_value(one) for one in model.graph.output]


def opset_of(model: onnx.ModelProto) -> int:
    """Return the opset of ONNX's own operators."""
    return max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")),
               default=1)  # fmt: skip


def gives_probability(model: onnx.ModelProto, output: str) -> bool:
    """Tell whether an output comes from a sigmoid or softmax, but for what only moves values."""
    makers = {name: node for node in model.graph.node for name in node.output}
    name = output
    while (node := makers.get(name)) is not None:
        if node.op_type in _TO_PROBABILITY:
            return True
        if node.op_type not in _PASSING or not node.input:
            return False
        name = node.input[0]
    return False


def normalizes_itself(model: onnx.ModelProto, name: str) -> Iterator[str]:
    """Yield the operators between an input and the first layer with weights."""
    while True:
        nodes = [node for node in model.graph.node if name in node.input]
        if len(nodes) != 1 or nodes[0].op_type in ("Conv", "MatMul", "Gemm", "Pad"):
            return
        yield nodes[0].op_type
        name = nodes[0].output[0]


def _value(one: onnx.ValueInfoProto) -> Value:
    kind = one.type.tensor_type
    sides = tuple(side.dim_value if side.dim_value > 0 else None for side in kind.shape.dim)
    return Value(one.name, sides, kind.elem_type)
