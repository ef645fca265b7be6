"""The models `forensics_rt_member_N_TILE` where a backend of this package runs the member."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.bundle.opening import Bundle
from forensics_rt.system.threads import open_pool
from forensics_rt.triton.deployment import Deployment
from forensics_rt.triton.names import ANSWER, ENGINE
from forensics_rt.triton.refusals import refusal
from forensics_rt.triton.start import log_to_triton, start_engine
from forensics_rt.triton.tensors import array_of, bytes_array, tensor_of

Tiles = npt.NDArray[np.uint8]


class MemberModel:
    """Answers the tiles of all requests that Triton batched: what `model.py` hands to Triton."""

    _backend: Any
    _engine: Backend
    _callers: ThreadPoolExecutor
    _member: int

    def initialize(self, arguments: Mapping[str, str]) -> None:
        """Open the bundle and start the engine; Triton calls this once.

        Raises:
            ForensicsError: If it cannot; the model is not loaded then.
        """
        import triton_python_backend_utils as backend

        self._backend = backend
        log_to_triton(backend)
        deployment = Deployment.read(arguments)
        self._member = int(deployment.parameters["member"])
        self._engine = start_engine(deployment, Bundle.open(deployment.bundle))
        self._callers = open_pool(self._engine.capabilities.side_by_side, "engine")

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Answer requests, whose tiles are all of one shape."""
        try:
            batches = [array_of(request.inputs()[0]) for request in requests]
            answers = self._infer(np.concatenate(batches))
            ends = np.cumsum([len(batch) for batch in batches])[:-1]
            return [
                self._response(request, part)
                for request, part in zip(requests, np.split(answers, ends), strict=True)
            ]
        except Exception as error:  # the server must answer, and the instance go on
            return [refusal(self._backend, error) for _ in requests]

    def finalize(self) -> None:
        """Close the engine."""
        self._callers.shutdown()
        self._engine.close()

    def _infer(self, tiles: Tiles) -> npt.NDArray[np.float32]:
        """Run all tiles: in batches as the engine likes them, side by side where it can."""
        if len(tiles) == 1:
            return self._engine.infer_alone(self._member, tiles)

        def run(batch: Tiles) -> npt.NDArray[np.float32]:
            return self._engine.infer(self._member, batch)

        return np.concatenate(list(self._callers.map(run, self._batches(tiles))))

    def _batches(self, tiles: Tiles) -> Iterator[Tiles]:
        size = self._engine.capabilities.batch
        for first in range(0, len(tiles), size):
            yield tiles[first : first + size]

    def _response(self, request: Any, answer: npt.NDArray[np.float32]) -> Any:
        wanted = request.requested_output_names()
        tensors = []
        if ANSWER in wanted:
            tensors.append(tensor_of(self._backend, ANSWER, answer))
        if ENGINE in wanted:
            said = np.tile(bytes_array(describe_engine(self._engine)), (len(answer), 1))
            tensors.append(tensor_of(self._backend, ENGINE, said))
        return self._backend.InferenceResponse(tensors)


def describe_engine(engine: Backend) -> bytes:
    """Return as JSON what `bls.BlsBackend` says of the engine in results."""
    uses = engine.capabilities
    said = {
        "name": uses.name,
        "device": uses.device,
        "precision": uses.precision,
        "versions": dict(uses.versions),
        "formats": None if uses.formats is None else asdict(uses.formats),
        "rectangles": uses.rectangles,
    }
    return json.dumps(said).encode()
