"""TensorRT and TensorRT for RTX: engines built ahead, on the GPU.

runtime → engine → pool of (context, stream, buffers, CUDA graphs), one lease a call.
Nothing of TensorRT is imported before a driver has answered.
"""

from __future__ import annotations

from forensics_rt.backends.device_word import place_of
from forensics_rt.backends.tensorrt.backend import TensorRTBackend, why_not
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.driver import probe_driver

__all__ = ["DEVICES", "PACKAGE", "TensorRTBackend", "unavailable", "unavailable_for"]

PACKAGE = "tensorrt"
DEVICES = ("cuda",)


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    return probe_driver().reason


def unavailable_for(bundle: Bundle, device: str) -> str | None:
    """Say why it cannot run a bundle on a GPU of this machine; `None` where it can."""
    return why_not("tensorrt", bundle, place_of(device).ordinal)
