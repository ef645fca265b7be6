"""A network in PyTorch whose layers compute in int8 or in float32, each as one says.

Whatever is tried, the network is loaded once: no graph is written and no engine compiles one. Where
one layer alone is in int8, only what comes after it is computed again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from export.parity.probes import Pixels
from forensics_rt.backends.torch_graph import Step, TorchGraph

Probability = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Rounding:
    """What int8 makes of a layer: its input in steps of `scale`, and weights that were rounded."""

    scale: Tensor
    zero: int
    least: int
    most: int
    weights: Tensor

    def of(self, features: Tensor) -> Tensor:
        # By a tensor: by a number torch multiplies with its inverse, which rounds otherwise.
        steps = (features / self.scale).round_().add_(self.zero).clamp_(self.least, self.most)
        return steps.sub_(self.zero).mul_(self.scale)


class SwitchedGraph:
    """A graph with its layers in float32 and in int8.

    Attributes:
        layers: Names of the layers that int8 is known of, in order.
        operations: Multiplications that each layer needs for one tile, as of the last `float32`;
            layers that int8 is not known of are there, too.

    Args:
        source: The graph in float32, each node with a name of its own.
        quantized: The same with quantize and dequantize nodes around its convolutions.
    """

    def __init__(self, source: onnx.ModelProto, quantized: onnx.ModelProto) -> None:
        """Load the weights of both."""
        self._graph = TorchGraph(source.SerializeToString(), "cpu")
        self._roundings = _roundings(quantized.graph)
        self._convolutions = {node.name for node in source.graph.node if node.op_type == "Conv"}
        self.layers = tuple(step.name for step in self._graph.steps if step.name in self._roundings)
        self.operations: dict[str, int] = {}

    def float32(self, tile: Pixels) -> Probability:
        """Return the answer in float32, and count the operations.

        Args:
            tile: 1×S×S×3 RGB uint8.
        """
        return self._answer(tile, self._counted)

    def int8(self, tile: Pixels, kept: frozenset[str] = frozenset()) -> Probability:
        """Return the answer in int8.

        Args:
            tile: 1×S×S×3 RGB uint8.
            kept: Names of the layers that stay in float32.
        """

        def run(step: Step, *arguments: Any) -> Mapping[str, Any]:
            return step.run(*arguments) if step.name in kept else self._rounded(step, *arguments)

        return self._answer(tile, run)

    def each_alone(self, tile: Pixels, layers: Collection[str]) -> dict[str, Probability]:
        """Return for each of these layers the answer where it alone is in int8.

        All values of the network are held meanwhile.

        Args:
            tile: 1×S×S×3 RGB uint8.
            layers: Their names.
        """
        values: dict[str, Any] = {}

        def run(step: Step, *arguments: Any) -> Mapping[str, Any]:
            outputs = step.run(*arguments)
            values.update(outputs)
            return outputs

        self._answer(tile, run)
        values |= self._graph.weights | {self._graph.input: torch.from_numpy(tile)}
        places = [place for place, step in enumerate(self._graph.steps) if step.name in layers]
        return {self._graph.steps[place].name: self._from(place, values) for place in places}

    @torch.inference_mode()
    def _from(self, place: int, values: Mapping[str, Any]) -> Probability:
        changed: dict[str, Any] = {}
        for step in self._graph.steps[place:]:
            if not changed or any(name in changed for name in step.inputs):
                read = (changed.get(name, values.get(name)) for name in step.inputs)
                changed.update(step.run(*read) if changed else self._rounded(step, *read))
        return _map(changed[self._graph.output])

    @torch.inference_mode()
    def _answer(self, tile: Pixels, run: Any) -> Probability:
        return _map(self._graph(torch.from_numpy(np.ascontiguousarray(tile)), run))

    def _rounded(self, step: Step, *arguments: Any) -> Mapping[str, Any]:
        if step.name not in self._roundings:
            return step.run(*arguments)
        how = self._roundings[step.name]
        return step.run(how.of(arguments[0]), how.weights, *arguments[2:])

    def _counted(self, step: Step, *arguments: Any) -> Mapping[str, Any]:
        outputs = step.run(*arguments)
        if step.name in self._convolutions:
            (made,) = outputs.values()
            self.operations[step.name] = made.numel() * arguments[1][0].numel()
        return outputs


def _map(answer: Tensor) -> Probability:
    return np.asarray(answer.numpy(), np.float32)


def _roundings(graph: onnx.GraphProto) -> dict[str, _Rounding]:
    values = {tensor.name: tensor for tensor in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}

    def array(name: str) -> npt.NDArray[Any]:
        return np.asarray(numpy_helper.to_array(values[name]))

    found = {}
    for node in graph.node:
        back = makers.get(node.input[0]) if node.op_type == "Conv" else None
        if back is None or back.op_type != "DequantizeLinear":
            continue
        zero, weights = array(back.input[2]), makers[node.input[1]]
        steps, scales = array(weights.input[0]), array(weights.input[1])
        limits = np.iinfo(zero.dtype)
        rounded = steps.astype(np.float32) * scales.reshape(-1, 1, 1, 1)
        found[node.name] = _Rounding(
            torch.from_numpy(array(back.input[1]).copy()),
            int(zero),
            limits.min,
            limits.max,
            torch.from_numpy(rounded.astype(np.float32)),
        )
    return found
