"""The model `forensics_rt`: the file of an image in, its detection out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forensics_rt.bundle.opening import Bundle
from forensics_rt.detector import Detector
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pages import Page
from forensics_rt.triton.answers import outputs_of
from forensics_rt.triton.deployment import Deployment
from forensics_rt.triton.names import FILE, OPTIONS
from forensics_rt.triton.options import RequestOptions
from forensics_rt.triton.refusals import refusal
from forensics_rt.triton.start import log_to_triton, start_engine
from forensics_rt.triton.tensors import bytes_of, tensor_of


class PipelineModel:
    """One instance of the model, in a process of its own: what its `model.py` hands to Triton.

    Attributes:
        backend: Triton's module `triton_python_backend_utils`.
        deployment: How it is to run.
    """

    backend: Any
    deployment: Deployment
    _detector: Detector | None = None

    def initialize(self, arguments: Mapping[str, str]) -> None:
        """Open the bundle and start the engine; Triton calls this once.

        Raises:
            ForensicsError: If it cannot; the model is not loaded then.
        """
        import triton_python_backend_utils as backend

        self.backend = backend
        log_to_triton(backend)
        self.deployment = Deployment.read(arguments)
        self.open()

    def open(self) -> None:
        """Make the detector."""
        bundle = Bundle.open(self.deployment.bundle)
        engine = start_engine(self.deployment, bundle)
        self._detector = Detector(bundle, engine, **self.deployment.detector_arguments())

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Answer requests, each with a detection or with an error of its own."""
        return [self._answer(request) for request in requests]

    def finalize(self) -> None:
        """Close the detector."""
        if self._detector is not None:
            self._detector.close()

    def detector(self) -> Detector:
        """Return what examines the images."""
        if self._detector is None:
            raise RuntimeError("initialize comes before execute")
        return self._detector

    def _answer(self, request: Any) -> Any:
        try:
            given = {tensor.name(): tensor for tensor in request.inputs()}
            options = RequestOptions.parse(bytes_of(given[OPTIONS]) if OPTIONS in given else b"")
            data = bytes_of(given[FILE])
            image: Any = data
            if options.page is not None:
                image = Page(MemoryFile(data, options.name or "<bytes>"), options.page)
            detection = self.detector()(image, None if options.page else options.name)
            outputs = outputs_of(detection, request.requested_output_names(), options)
            return self.backend.InferenceResponse(
                [tensor_of(self.backend, name, array) for name, array in outputs.items()]
            )
        except Exception as error:  # the server must answer, and the instance go on
            return refusal(self.backend, error)
