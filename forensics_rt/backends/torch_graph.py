"""An ONNX graph run node by node with PyTorch's operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from forensics_rt.errors import BackendUnavailable

# Operators that read the values of an input, from this one on.
_READ = {"Resize": 1, "Pad": 1}


def unknown_operators(data: bytes) -> list[str]:
    """Return the operators of a graph that have no counterpart here, in order of the alphabet.

    Args:
        data: The bytes of the `.onnx` file.
    """
    import onnx

    from forensics_rt.backends.torch_operators import OPERATORS

    nodes = onnx.load_from_string(data).graph.node
    return sorted({node.op_type for node in nodes} - OPERATORS.keys() - {"Constant"})


class Step(NamedTuple):
    """One node of a graph: its name, PyTorch's counterpart, and the names of its tensors."""

    name: str
    operator: Callable[..., Any]
    attributes: Mapping[str, Any]
    inputs: list[str]
    outputs: list[str]

    def run(self, *arguments: Any) -> Mapping[str, Any]:
        """Return the outputs by name."""
        results = self.operator(self.attributes, *arguments)
        if not isinstance(results, (tuple, list)):
            results = (results,)
        return dict(zip(self.outputs, results, strict=False))


class TorchGraph:
    """An ONNX graph with one output, ready to be called on torch tensors.

    Attributes:
        steps: Its nodes in order, but for constants.
        weights: Weights and constants by name.
        input: Name of its first input, of pixels.
        output: Name of its output.

    Args:
        data: The bytes of the `.onnx` file.
        device: Where its weights go.
        channels_last: Whether filters are laid out as tiles are that come as N×H×W×3, channels
            innermost; else they are laid out anew in every run on a GPU.

    Raises:
        BackendUnavailable: If it holds an operator that has no counterpart here.
    """

    def __init__(self, data: bytes, device: str, *, channels_last: bool = False) -> None:
        """Load the weights and look every operator up."""
        import onnx
        import torch

        from forensics_rt.backends.torch_operators import OPERATORS

        if unknown := unknown_operators(data):
            raise BackendUnavailable(
                f"the torch backend has no operator {', '.join(unknown)}; "
                "run this bundle with openvino or onnxruntime"
            )
        graph = onnx.load_from_string(data).graph
        self.input = graph.input[0].name
        self.output = graph.output[0].name
        weights = {
            weight.name: torch.from_numpy(onnx.numpy_helper.to_array(weight).copy())
            for weight in graph.initializer
        }
        # Weights too: exporters keep filters that are not learnt as nodes.
        constants = [node for node in graph.node if node.op_type == "Constant"]
        for node in constants:
            (value,) = (onnx.helper.get_attribute_value(one) for one in node.attribute)
            weights[node.output[0]] = torch.from_numpy(onnx.numpy_helper.to_array(value).copy())
        # To read shapes from a device would wait for it each time.
        read = {name for node in graph.node for name in node.input[_READ.get(node.op_type, 99) :]}
        for node in reversed(graph.node):
            if node.op_type == "Cast" and read.intersection(node.output):
                read.update(node.input)  # a graph that was cast casts its factors back
        self.weights = {
            name: weight if name in read else _placed(weight, device, channels_last)
            for name, weight in weights.items()
        }
        self.steps = [
            Step(
                node.name,
                OPERATORS[node.op_type],
                {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute},
                list(node.input),
                list(node.output),
            )
            for node in graph.node
            if node.op_type != "Constant"
        ]
        self._last_use = {
            name: index for index, step in enumerate(self.steps) for name in step.inputs if name
        }

    def __call__(
        self,
        image: Any,
        run: Callable[..., Mapping[str, Any]] = Step.run,
        beside: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the graph: from the input tensor to the output tensor.

        Args:
            image: The input tensor.
            run: Runs one step on the values of its inputs.
            beside: Tensors of further inputs by name; `None` for none.
        """
        values = {**self.weights, self.input: image, **(beside or {})}
        for index, step in enumerate(self.steps):
            values.update(run(step, *(values[name] if name else None for name in step.inputs)))
            for name in step.inputs:
                # Feature maps are large: let each go after its last reader.
                if name and self._last_use[name] == index and name not in self.weights:
                    values.pop(name, None)
        return values[self.output]


def _placed(weight: Any, device: str, channels_last: bool) -> Any:
    """Move a weight to a device, but for shapes and indices, which are reckoned with here."""
    import torch

    if not weight.is_floating_point():
        return weight
    if channels_last and weight.ndim == 4:
        return weight.to(device, memory_format=torch.channels_last)
    return weight.to(device)
