"""ONNX Runtime's TensorRT provider: engines built in the session, from the graph."""

from __future__ import annotations

from forensics_rt.backends.onnxruntime import ONNXRuntimeBackend, why_not
from forensics_rt.backends.onnxruntime_providers import TENSORRT

PACKAGE = "onnxruntime"
DEVICES = ("cuda",)


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    return why_not(TENSORRT.name)


class ONNXRuntimeTensorRTBackend(ONNXRuntimeBackend):
    """Runs each graph in TensorRT as far as it goes, the rest in ONNX Runtime's CUDA kernels."""

    provider = TENSORRT
