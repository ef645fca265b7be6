"""The graphs of a bundle as OpenVINO compiled them, in one number format."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.number_formats import FLOAT32, INT8
from forensics_rt.bundle.opening import Bundle
from forensics_rt.system.leases import Leases

THREADS = "INFERENCE_NUM_THREADS"
_HINT = "INFERENCE_PRECISION_HINT"


class CompiledGraphs:
    """Compiles each network once per shape of tiles, and leases requests. Thread-safe.

    Args:
        core: OpenVINO's.
        bundle: Whose networks.
        number_format: What to compute in: `int8` takes the graphs that are made for it.
        settings: For the compiler, but for the number format.
        limit: Most threads, where the engine does not know of a limit; `None` for none.
        side_by_side: How many tiles run at once, unless one comes alone.
    """

    def __init__(
        self,
        core: Any,
        bundle: Bundle,
        number_format: str,
        settings: Mapping[str, Any],
        limit: int | None,
        side_by_side: int = 1,
    ) -> None:
        """Compile nothing yet."""
        self._core = core
        self._bundle = bundle
        self._int8 = number_format == INT8
        # Of a graph in int8, what is not quantized is computed in float32.
        self._settings = {**settings, _HINT: FLOAT32 if self._int8 else number_format}
        self._side_by_side = side_by_side
        self._limit = limit
        # Kept: graphs of several tile shapes share the weights of one.
        self._models: dict[int, Any] = {}
        self._compiled: dict[tuple[int, int, int, bool], tuple[Any, Leases[Any]]] = {}
        self._compiling = threading.Lock()

    def infer(
        self, member: int, images: npt.NDArray[np.uint8], alone: bool = False
    ) -> npt.NDArray[np.float32]:
        """Run one network on a batch: N×H×W×3 RGB to N×H×W float32.

        Args:
            member: Index of the network.
            images: Run one after the other.
            alone: Whether no other call comes meanwhile: each tile gets all threads.
        """
        height, width = images.shape[1:3]
        idle = self.compile(member, height, width, alone)
        request = idle.take()
        answers = [
            request.infer([image[None]], share_inputs=True, share_outputs=True)[0].copy()
            for image in np.ascontiguousarray(images)
        ]
        idle.give_back(request)  # not after a failure: it may then still be running
        return np.concatenate(answers)

    def close(self) -> None:
        """Drop the compiled graphs and their requests."""
        self._models.clear()
        self._compiled.clear()

    def held(self) -> list[Any]:
        """Return every object of the engine that is held."""
        compiled = list(self._compiled.values())
        return [*self._models.values(), *(graph for graph, _ in compiled)] + [
            request for _, idle in compiled for request in idle.free()
        ]

    def read(self, member: int) -> None:
        """Read one network ahead."""
        with self._compiling:
            self._model(member)

    def compile(self, member: int, height: int, width: int, alone: bool = False) -> Leases[Any]:
        """Compile one network for tiles of a size, once, and return its requests."""
        alone = alone and self._side_by_side > 1  # else both are one
        key = (member, height, width, alone)
        with self._compiling:
            if key not in self._compiled:
                model = self._model(member)
                model.reshape([1, height, width, 3])
                compiled = self._compile_within_limit(model, alone)
                self._compiled[key] = compiled, Leases(compiled.create_infer_request)
            return self._compiled[key][1]

    def _model(self, member: int) -> Any:
        if member not in self._models:
            network = self._bundle.manifest.networks[member]
            graph = self._bundle.graph(network, self._int8)
            self._models[member] = self._core.read_model(graph)
        return self._models[member]

    def _compile_within_limit(self, model: Any, alone: bool) -> Any:
        streams = {} if alone or self._side_by_side == 1 else {"NUM_STREAMS": self._side_by_side}
        compiled = self._core.compile_model(model, "CPU", self._settings | streams)
        if self._limit is None or compiled.get_property(THREADS) <= self._limit:
            return compiled
        self._settings[THREADS] = self._limit
        return self._core.compile_model(model, "CPU", self._settings | streams)
