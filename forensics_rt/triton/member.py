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
            answers = self._infer([array_of(request.inputs()[0]) for request in requests])
            return list(map(self._response, requests, answers))
        except Exception as error:  # the server must answer, and the instance go on
            return [refusal(self._backend, error) for _ in requests]

    def finalize(self) -> None:
        """Close the engine."""
        self._callers.shutdown()
        self._engine.close()

    def _infer(self, asked: Sequence[Tiles]) -> list[npt.NDArray[np.float32]]:
        """Run the tiles of all requests: in batches as the engine likes them, or side by side."""
        if len(asked) == 1:
            return [self._engine.infer_alone(self._member, asked[0])]
        if self._engine.capabilities.batch == 1:
            return list(self._callers.map(self._run, asked))
        answers = np.concatenate(list(map(self._run, self._batches(np.concatenate(asked)))))
        return np.split(answers, np.cumsum([len(tiles) for tiles in asked])[:-1])

    def _run(self, tiles: Tiles) -> npt.NDArray[np.float32]:
        return self._engine.infer(self._member, tiles)

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
