"""ONNX Runtime, on the CPU or through its CUDA provider."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.bundle import Bundle
from forensics_rt.errors import BackendUnavailable

PACKAGE = "onnxruntime"
DEVICES = ("cpu", "cuda")
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    import onnxruntime

    # With the CPU and the GPU wheel both installed, one overwrites half of the other.
    if not hasattr(onnxruntime, "InferenceSession"):
        return (
            "the onnxruntime package is broken, as when onnxruntime and onnxruntime-gpu are both "
            "installed: uninstall both, then install one"
        )
    there = onnxruntime.get_available_providers()
    if _PROVIDERS[device] not in there:
        return f"this build of onnxruntime has only {', '.join(there)}: install forensics_rt[gpu]"
    return None


class ONNXRuntimeBackend(Backend):
    """One session a member, for every tile size.

    Args:
        bundle: Whose graphs to run.
        device: `cpu` or `cuda`.
    """

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Start the engine; sessions open on first use."""
        import onnxruntime

        self._engine: Any = onnxruntime
        self._bundle = bundle
        self._provider = _PROVIDERS[device]
        self._sessions: dict[int, Any] = {}
        self._opening = threading.Lock()
        self.capabilities = Capabilities(
            name="onnxruntime",
            device=device,
            precision=bundle.manifest.members[0].precision,
            batch=1 if device == "cpu" else bundle.manifest.contract.batch.opt,
            versions={"onnxruntime": onnxruntime.__version__},
        )

    def _prepare(self, member: int, tile_size: int) -> None:
        self._session(member)

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        probability = self._session(member).run(["probability"], {"image": images})[0]
        return np.asarray(probability, dtype=np.float32)

    def _session(self, member: int) -> Any:
        with self._opening:
            if member not in self._sessions:
                self._sessions[member] = self._open(member)
            return self._sessions[member]

    def _open(self, member: int) -> Any:
        graph = self._bundle.graph(self._bundle.manifest.members[member])
        session = self._engine.InferenceSession(graph, providers=[self._provider])
        # A provider that cannot load is replaced by the CPU without an error.
        running = session.get_providers()
        if running[0] != self._provider:
            raise BackendUnavailable(
                f"onnxruntime was asked for {self._provider} and runs on {running[0]}; there are "
                f"{', '.join(self._engine.get_available_providers())}. Install "
                "forensics_rt[gpu] and a CUDA driver, or ask for device 'cpu'"
            )
        return session

    def close(self) -> None:
        """Drop the sessions."""
        self._sessions.clear()
