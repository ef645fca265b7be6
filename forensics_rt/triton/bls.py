"""The model `forensics_rt_bls`: plans and merges itself, and has Triton run the members.

BLS (business logic scripting) is how a Python model of Triton calls another model. Tiles of
several requests come to a member together, which Triton batches.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.backends.number_formats import FormatChoice
from forensics_rt.bundle.opening import Bundle
from forensics_rt.detector import Detector
from forensics_rt.errors import EngineFailed, ServerBusy
from forensics_rt.triton.names import ANSWER, ENGINE, IMAGE, member_model
from forensics_rt.triton.pipeline import PipelineModel
from forensics_rt.triton.tensors import array_of, tensor_of

# What Triton says where a queue is full, a wait was too long, or a worker died.
_MAY_PASS = ("Exceeds maximum queue size", "Request timeout expired", "is not healthy")
# Model, tiles, wanted output → that output.
Call = Callable[[str, npt.NDArray[np.uint8], str], Any]


class BlsBackend(Backend):
    """Sends each tile to the model of its member.

    Args:
        bundle: Whose members.
        call: Runs a model and returns one output as an array.
        tile_sizes: Sides for which there are models; empty where one takes tiles of any size.
        ahead: Tiles of one image that are under way at a time.
        asked: What runs the members, such as `onnxruntime`; `python` for a backend of this
            package, which says so itself.
    """

    def __init__(
        self,
        bundle: Bundle,
        call: Call,
        tile_sizes: Sequence[int] = (),
        ahead: int = 8,
        asked: str = "python",
    ) -> None:
        """Ask the first member what runs it."""
        self._call = call
        self._fixed = bool(tile_sizes)
        side = min(tile_sizes or bundle.manifest.tile_sizes)
        said: dict[str, Any] = {
            "name": asked,
            "device": "triton",
            "precision": bundle.manifest.members[0].precision,
            "versions": {},
            "formats": None,
            "rectangles": True,
        }
        if asked == "python":
            small = np.zeros((1, side, side, 3), np.uint8)
            said = json.loads(call(self._model(0, small), small, ENGINE).tobytes())
        formats = said["formats"]
        self.networks_id = bundle.manifest.networks_id
        self.capabilities = Capabilities(
            name=f"triton bls, {said['name']}",
            device=said["device"],
            precision=said["precision"],
            batch=1,
            versions=said["versions"],
            formats=None if formats is None else FormatChoice(**formats),
            rectangles=said["rectangles"] and not self._fixed,
            side_by_side=ahead,
        )

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        answer = self._call(self._model(member, images), images, ANSWER)
        return np.asarray(answer, np.float32)

    def _model(self, member: int, images: npt.NDArray[np.uint8]) -> str:
        return member_model(member, images.shape[1] if self._fixed else None)

    def close(self) -> None:
        """Hold on to nothing: the members are models of the server."""


def call_by_bls(backend: Any) -> Call:
    """Return what runs another model of the server this worker belongs to.

    Args:
        backend: Triton's module `triton_python_backend_utils`.
    """

    def call(model: str, images: npt.NDArray[np.uint8], wanted: str) -> Any:
        request = backend.InferenceRequest(
            model_name=model,
            requested_output_names=[wanted],
            inputs=[tensor_of(backend, IMAGE, images)],
        )
        response = request.exec()
        if response.has_error():
            said = response.error().message()
            kind = ServerBusy if any(text in said for text in _MAY_PASS) else EngineFailed
            raise kind(f"model {model} gave no answer: {said}")
        answer = backend.get_output_tensor_by_name(response, wanted)
        return np.array(array_of(answer))  # a copy: the server takes its memory back

    return call


class BlsModel(PipelineModel):
    """One instance of the model, in a process of its own: what its `model.py` hands to Triton."""

    def open(self) -> None:
        """Wait for the first request: while models load, none can call another."""
        self._opening = threading.Lock()
        self._bundle = Bundle.open(self.deployment.bundle)
        # What is wrong with them is said when the model is loaded.
        self._arguments: Mapping[str, Any] = self.deployment.detector_arguments()

    def detector(self) -> Detector:
        """Return what examines the images; the first request makes it.

        Raises:
            EngineFailed: If a member is not loaded or fails.
            ServerBusy: If it takes no tile now.
        """
        with self._opening:
            if self._detector is None:
                asked = self.deployment.parameters
                sizes = [int(side) for side in asked.get("tile_sizes", "").split(",") if side]
                members = BlsBackend(
                    self._bundle,
                    call_by_bls(self.backend),
                    sizes,
                    int(asked.get("tiles_ahead", 8)),
                    asked.get("member_backend", "python"),
                )
                self._detector = Detector(self._bundle, members, **self._arguments)
        return self._detector
