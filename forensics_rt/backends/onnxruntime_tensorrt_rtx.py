"""ONNX Runtime's provider of TensorRT for RTX, a plug-in: kernels compiled in the session."""

from __future__ import annotations

from forensics_rt.backends.onnxruntime import ONNXRuntimeBackend, load_onnxruntime
from forensics_rt.backends.onnxruntime_providers import TENSORRT_RTX, plugin_devices
from forensics_rt.cuda.driver import probe_driver

# The wheel is called onnxruntime-ep-nv-tensorrt-rtx-cu13.
PACKAGE = "onnxruntime_ep_nv_tensorrt_rtx"
DEVICES = ("cuda",)


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    # The plug-in loads CUDA libraries, so the driver is asked first.
    reason = probe_driver().reason
    if reason is not None:
        return reason
    if not plugin_devices(load_onnxruntime(), TENSORRT_RTX):
        return f"{PACKAGE} offers no GPU: it needs one of the RTX generations"
    return None


class ONNXRuntimeTensorRTRTXBackend(ONNXRuntimeBackend):
    """Runs each graph in TensorRT for RTX."""

    provider = TENSORRT_RTX
