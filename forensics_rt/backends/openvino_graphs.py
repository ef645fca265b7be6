"""The graphs of a bundle as OpenVINO compiled them, in one number format."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.number_formats import FLOAT32
from forensics_rt.bundle.opening import Bundle
from forensics_rt.system.leases import Leases

INT8 = "int8"
THREADS = "INFERENCE_NUM_THREADS"
_HINT = "INFERENCE_PRECISION_HINT"


class CompiledGraphs:
    """Compiles each network once per shape of tiles, and leases requests. Thread-safe.

    Args:
        core: OpenVINO's.
        bundle: Whose networks.
        number_format: What to compute in: `int8` takes the graphs that are made for it.
        settings: For the compiler, but for the number format.
        requests: How many tiles of a batch run side by side.
        limit: Most threads, where the engine does not know of a limit; `None` for none.
    """

    def __init__(
        self,
        core: Any,
        bundle: Bundle,
        number_format: str,
        settings: Mapping[str, Any],
        requests: int,
        limit: int | None,
    ) -> None:
        """Compile nothing yet."""
        self._core = core
        self._bundle = bundle
        self._int8 = number_format == INT8
        # Of a graph in int8, what is not quantized is computed in float32.
        self._settings = {**settings, _HINT: FLOAT32 if self._int8 else number_format}
        self._requests = requests
        self._limit = limit
        self._compiled: dict[tuple[int, int, int], tuple[Any, Leases[Any]]] = {}
        self._compiling = threading.Lock()

    def infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Run one network on a batch: N×H×W×3 RGB to N×H×W float32."""
        idle = self._compile(member, *images.shape[1:3])
        requests = [idle.take() for _ in range(min(self._requests, len(images)))]
        answers = _side_by_side(requests, np.ascontiguousarray(images))
        # Not after a failure: a request may then still be running.
        for request in requests:
            idle.give_back(request)
        return answers

    def close(self) -> None:
        """Drop the compiled graphs and their requests."""
        self._compiled.clear()

    def held(self) -> list[Any]:
        """Return every object of the engine that is held."""
        compiled = list(self._compiled.values())
        return [graph for graph, _ in compiled] + [
            request for _, idle in compiled for request in idle.free()
        ]

    def _compile(self, member: int, height: int, width: int) -> Leases[Any]:
        key = (member, height, width)
        with self._compiling:
            if key not in self._compiled:
                network = self._bundle.manifest.networks[member]
                model = self._core.read_model(self._bundle.graph(network, self._int8))
                model.reshape([1, height, width, 3])
                compiled = self._compile_within_limit(model)
                self._compiled[key] = compiled, Leases(compiled.create_infer_request)
            return self._compiled[key][1]

    def _compile_within_limit(self, model: Any) -> Any:
        compiled = self._core.compile_model(model, "CPU", self._settings)
        if self._limit is None or compiled.get_property(THREADS) <= self._limit:
            return compiled
        self._settings[THREADS] = self._limit
        return self._core.compile_model(model, "CPU", self._settings)


def _side_by_side(requests: list[Any], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    if len(requests) == 1:
        (request,) = requests
        return np.concatenate(
            [
                request.infer([image[None]], share_inputs=True, share_outputs=True)[0].copy()
                for image in images
            ]
        )
    answers = []
    for first in range(0, len(images), len(requests)):
        part = images[first : first + len(requests)]
        for request, image in zip(requests, part, strict=False):
            request.start_async([image[None]], share_inputs=True)
        for request, _ in zip(requests, part, strict=False):
            request.wait()
            answers.append(request.get_output_tensor().data.copy())
    return np.concatenate(answers)
