"""ONNX Runtime's TensorRT provider: engines built in the session, from the graph."""

from __future__ import annotations

from forensics_rt.backends.onnxruntime import ONNXRuntimeBackend, why_not
from forensics_rt.backends.onnxruntime_providers import TENSORRT
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.port import Device

PACKAGE = "onnxruntime"
DEVICES = ("cuda",)


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    return why_not(TENSORRT.name)


class ONNXRuntimeTensorRTBackend(ONNXRuntimeBackend):
    """Runs each graph in TensorRT as far as it goes, the rest in ONNX Runtime's CUDA kernels.

    Args:
        bundle: Whose graphs to run.
        device: `cuda` or `cuda:1`.
        gpu: The GPU; `None` for the one that `device` names.
    """

    def __init__(self, bundle: Bundle, device: str = "cuda", *, gpu: Device | None = None) -> None:
        """Start the engine."""
        super().__init__(bundle, device, provider=TENSORRT, gpu=gpu)
