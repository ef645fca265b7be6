"""ONNX's own reference evaluator: numpy only, slow, the same on every machine; for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.bundle import Bundle

PACKAGE = "onnx"
DEVICES = ("cpu",)


def unavailable() -> str | None:
    """Say why this backend cannot run here; `None` where it can."""
    return None


class NumpyBackend(Backend):
    """Evaluates each graph node by node in numpy.

    Args:
        bundle: Whose graphs to run.
        device: `cpu`.
    """

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Load every graph."""
        import onnx
        from onnx.reference import ReferenceEvaluator

        graphs = (bundle.graph(member) for member in bundle.manifest.members)
        self._evaluators: list[Any] = [ReferenceEvaluator(str(graph)) for graph in graphs]
        self.capabilities = Capabilities(
            name="numpy",
            device=device,
            precision=bundle.manifest.members[0].precision,
            batch=bundle.manifest.contract.batch.opt,
            versions={"onnx": onnx.__version__, "numpy": np.__version__},
        )

    def _prepare(self, member: int, tile_size: int) -> None:
        """Nothing is compiled."""

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        probability = self._evaluators[member].run(["probability"], {"image": images})[0]
        return np.asarray(probability, dtype=np.float32)

    def close(self) -> None:
        """Drop the graphs."""
        self._evaluators.clear()
