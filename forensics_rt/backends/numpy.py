"""ONNX's own reference evaluator: numpy only, slow, the same on every machine; for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.bundle.opening import Bundle

PACKAGE = "onnx"
DEVICES = ("cpu",)


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    return None


class NumpyBackend(Backend):
    """Evaluates each graph node by node in numpy.

    Args:
        bundle: Whose graphs to run.
        device: `cpu`.
    """

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Start; graphs load on first use."""
        import onnx

        self._bundle = bundle
        self._evaluators: dict[int, Any] = {}
        self.capabilities = Capabilities(
            name="numpy",
            device=device,
            precision=bundle.manifest.members[0].precision,
            batch=bundle.manifest.contract.batch.opt,
            versions={"onnx": onnx.__version__, "numpy": np.__version__},
            rectangles=True,
        )

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        probability = self._evaluator(member).run(["probability"], {"image": images})[0]
        return np.asarray(probability, dtype=np.float32)

    def _evaluator(self, member: int) -> Any:
        from onnx import load_from_string
        from onnx.reference import ReferenceEvaluator

        # Two threads may load one twice; either copy gives the same answers.
        if member not in self._evaluators:
            graph = self._bundle.graph(self._bundle.manifest.networks[member])
            self._evaluators[member] = ReferenceEvaluator(load_from_string(graph))
        return self._evaluators[member]

    def close(self) -> None:
        """Drop the graphs."""
        self._evaluators.clear()
