"""A foreign graph between the ends that the contract of bundles has: pixels in, probability out.

Everything is done by nodes of the graph itself, so that whatever runs it needs to know nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, inliner, numpy_helper, version_converter

from export.errors import ExportError
from export.foreign.facts import opset_of
from export.foreign.settle import Settled
from export.graph.tracing import CONTRACT, OPSET, forget_the_machine

LUMA = (0.299, 0.587, 0.114)
_PREFIX = "network/"
_TO_NCHW, _TO_NHWC = [0, 3, 1, 2], [0, 2, 3, 1]


def wrapped(model: onnx.ModelProto, settled: Settled) -> onnx.ModelProto:
    """Return the graph that a bundle holds.

    Args:
        model: The foreign graph with its weights inside.
        settled: Its contract.

    Raises:
        ExportError: If the graph is of an old opset and cannot be brought to a newer one, or is
            larger than a file of ONNX can be.
    """
    inner = compose.add_prefix(_modern(model), _PREFIX)
    # Shapes of the batches and sides that it was exported with.
    del inner.graph.value_info[:]
    ends = _Ends(settled)
    before, after = ends.before(), ends.after()
    graph = helper.make_graph(
        [*before, *inner.graph.node, *after],
        "forensics_rt",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [*ends.sides(), 3])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ends.sides())],
        [*inner.graph.initializer, *ends.constants],
    )
    graph.sparse_initializer.extend(inner.graph.sparse_initializer)
    made = helper.make_model(
        graph, opset_imports=list(inner.opset_import), ir_version=max(inner.ir_version, 8)
    )
    made.producer_name = "forensics_rt"
    forget_the_machine(made)
    try:
        onnx.checker.check_model(made)
    except (onnx.checker.ValidationError, ValueError) as error:
        raise ExportError(f"the graph is no valid ONNX: {str(error).splitlines()[0]}") from error
    return made


def _modern(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph without functions, of the opset that our backends read or a later one."""
    flat = inliner.inline_local_functions(model) if model.functions else model
    weights = {tensor.name for tensor in flat.graph.initializer}
    inputs = [one for one in flat.graph.input if one.name not in weights]
    if len(inputs) < len(flat.graph.input):
        del flat.graph.input[:]
        flat.graph.input.extend(inputs)
    if opset_of(flat) >= OPSET:
        return flat
    try:
        return version_converter.convert_version(flat, OPSET)
    except (RuntimeError, ValueError) as error:
        raise ExportError(
            f"the graph is of opset {opset_of(flat)} and ONNX's converter cannot bring it to "
            f"{OPSET}: {str(error).splitlines()[0]}; export it with opset {OPSET} or later"
        ) from error


class _Ends:
    """The nodes before and after a foreign graph, and the constants that they read."""

    def __init__(self, settled: Settled) -> None:
        self.settled = settled
        self.contract = settled.contract
        self.constants: list[onnx.TensorProto] = []
        self.nodes: list[onnx.NodeProto] = []

    def sides(self) -> list[str | int]:
        batch: str | int = "batch" if self.settled.batch is None else self.settled.batch
        tile = self.settled.tile
        return [batch, "rows", "columns"] if tile is None else [batch, tile, tile]

    def before(self) -> list[onnx.NodeProto]:
        """From uint8 N×H×W×3 to what the graph takes."""
        self.nodes = []
        name = "image"
        if self.settled.input.kind != TensorProto.UINT8 or self.contract.color_order != "RGB":
            name = self._add("Cast", [name], to=TensorProto.FLOAT)
            name = self._normalized(self._in_colors(name))
        name = self._add("Transpose", [name], perm=_TO_NCHW)
        name = self._filled_up(name)
        if self.contract.layout == "NHWC":
            name = self._add("Transpose", [name], perm=_TO_NHWC)
        wanted = _PREFIX + self.settled.input.name
        if self.settled.input.kind == TensorProto.FLOAT or name == "image":
            self._add("Identity", [name], wanted)
        else:
            self._add("Cast", [name], wanted, to=self.settled.input.kind)
        return self.nodes

    def after(self) -> list[onnx.NodeProto]:
        """From what the graph gives to float32 N×H×W probabilities."""
        self.nodes = []
        name = self._add("Cast", [_PREFIX + self.settled.output.name], to=TensorProto.FLOAT)
        axis = self.settled.class_axis
        name, axis = self._enlarged(name, axis)
        logits = self.contract.values == "logits"
        if axis is not None:
            first, *second = self.contract.classes
            if logits and self.settled.classes > 1 and not second:
                name, logits = self._add("Softmax", [name], axis=axis), False
            whole, name = name, self._take(name, first, axis)
            if second:
                name = self._add("Sub", [name, self._take(whole, second[0], axis)])
        if logits:
            name = self._add("Sigmoid", [name])
        tile, size = self.settled.tile, self.contract.fixed_size
        if size is not None and size != (tile, tile):
            bounds = [self._whole(one) for one in ([0, 0], [tile, tile], [1, 2])]
            name = self._add("Slice", [name, *bounds])
        self._add("Identity", [name], CONTRACT.output_name)
        return self.nodes

    def _enlarged(self, name: str, axis: int | None) -> tuple[str, int | None]:
        """Bring the answer to the input's size before anything else is made of it."""
        stride = self.contract.stride
        if stride == 1:
            return name, axis
        if axis is None:
            name = self._add("Unsqueeze", [name, self._whole([1])])
        elif axis == 3:
            name = self._add("Transpose", [name], perm=_TO_NCHW)
        scales = self._constant(np.array([1, 1, stride, stride], np.float32))
        name = self._add(
            "Resize",
            [name, "", scales],
            mode="linear",
            coordinate_transformation_mode=self.contract.upsampling or "half_pixel",
        )
        return (
            (name, 1)
            if axis is not None
            else (self._add("Squeeze", [name, self._whole([1])]), None)
        )

    def _in_colors(self, name: str) -> str:
        order = self.contract.color_order
        if order == "RGB":
            return name
        mixed = (
            np.asarray(LUMA, np.float32)[:, None]
            if order == "GRAY"
            else np.eye(3, dtype=np.float32)[::-1]
        )
        return self._add("MatMul", [name, self._constant(np.ascontiguousarray(mixed))])

    def _normalized(self, name: str) -> str:
        said = self.contract
        for operator, numbers, nothing in (
            ("Mul", (said.scale_of_pixels,), 1.0),
            ("Sub", said.mean, 0.0),
            ("Div", said.std, 1.0),
        ):
            if set(numbers) != {nothing}:
                name = self._add(operator, [name, self._constant(np.asarray(numbers, np.float32))])
        return name

    def _filled_up(self, name: str) -> str:
        tile, size = self.settled.tile, self.contract.fixed_size
        if tile is None or size is None or size == (tile, tile):
            return name
        pads = self._whole([0, 0, 0, 0, 0, 0, size[0] - tile, size[1] - tile])
        return self._add("Pad", [name, pads], mode="reflect")

    def _take(self, name: str, index: int, axis: int) -> str:
        return self._add("Gather", [name, self._constant(np.int64(index))], axis=axis)

    def _whole(self, numbers: Sequence[int | None]) -> str:
        return self._constant(np.array(numbers, np.int64))

    def _constant(self, value: np.ndarray | np.generic) -> str:
        name = f"ends/constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _add(self, operator: str, inputs: list[str], output: str = "", **attributes: object) -> str:
        output = output or f"ends/{operator}_{len(self.nodes)}_{inputs[0].replace('/', '_')}"
        node = helper.make_node(operator, inputs, [output], name=f"{output}_node", **attributes)
        self.nodes.append(node)
        return output
