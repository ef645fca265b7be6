"""Networks that differ in their weights alone are traced once, such as the members of an ensemble.

PyTorch's exporter never looks at a weight: what it traces depends on the code and the settings of
a network, and on the shapes of its weights. Constants are folded later, for every network anew.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn

_MOST_KEPT = 8


@dataclass(frozen=True)
class Structure:
    """What a trace depends on.

    Attributes:
        digest: Of everything in a network but the values of its weights.
        code: The classes and functions that the digest knows by their place in memory.
    """

    digest: bytes
    code: tuple[object, ...]


def structure_of(network: nn.Module, inputs: Mapping[str, Tensor]) -> Structure | None:
    """Describe a network and its inputs; `None` where a part of the network cannot be pickled.

    Example:
        >>> same = structure_of(nn.Linear(2, 1), {}), structure_of(nn.Linear(2, 1), {})
        >>> same[0] == same[1], same[0] == structure_of(nn.Linear(3, 1), {})
        (True, False)
    """
    file = io.BytesIO()
    pickler = _WithoutWeights(file, weights_of(network))
    try:
        pickler.dump((network, tuple((name, one.shape, one.dtype) for name, one in inputs.items())))
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError):
        return None
    return Structure(hashlib.sha256(file.getvalue()).digest(), tuple(pickler.code))


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers under all of their names."""
    parameters = network.named_parameters(remove_duplicate=False)
    return {**dict(parameters), **dict(network.named_buffers(remove_duplicate=False))}


class _WithoutWeights(pickle.Pickler):
    """Writes shapes in the place of weights, and other tensors by their values."""

    def __init__(self, file: io.BytesIO, weights: Mapping[str, Tensor]) -> None:
        super().__init__(file, protocol=5)
        self.code: list[object] = []
        self._weights = {id(tensor) for tensor in weights.values()}
        self._places: dict[int, int] = {}

    def persistent_id(self, one: object) -> object:
        if isinstance(one, type | FunctionType | ModuleType):
            # Not by its name: another file may have defined one of the same name since.
            self.code.append(one)
            return id(one)
        if not isinstance(one, Tensor):
            return None
        # Weights that are shared stay so.
        place = self._places.setdefault(id(one), len(self._places))
        value = None if id(one) in self._weights else one.detach().numpy().tobytes()
        return place, id(type(one)), *one.shape, one.stride(), str(one.dtype), value


class Traces:
    """The last traces of this process."""

    def __init__(self) -> None:
        """Begin without any."""
        self._models: dict[Structure, Any] = {}  # of onnx_ir, without weights

    def program(
        self,
        network: nn.Module,
        inputs: Mapping[str, Tensor],
        trace: Callable[[], torch.onnx.ONNXProgram | None],
    ) -> torch.onnx.ONNXProgram | None:
        """Return the program of a network, not yet optimized; `None` if the exporter gives none.

        Args:
            network: What is traced.
            inputs: With which; their values do not matter.
            trace: Traces it, if none of the same structure was.
        """
        structure, weights = structure_of(network, inputs), weights_of(network)
        model = self._models.get(structure) if structure else None
        if model is None:
            program = trace()
            if program is None:
                return None
            model = program.model
            for name in weights.keys() & model.graph.initializers.keys():
                model.graph.initializers[name].const_value = None  # to keep no weights in memory
            if structure:
                self._keep(structure, model)
        # Also of the first network, so that nodes get the same names whoever came first.
        filled = torch.onnx.ONNXProgram(model.clone(), None)
        used = weights.keys() & model.graph.initializers.keys()
        filled.apply_weights({name: weights[name] for name in used})
        return filled

    def _keep(self, structure: Structure, model: Any) -> None:
        while len(self._models) >= _MOST_KEPT:
            del self._models[next(iter(self._models))]
        self._models[structure] = model
