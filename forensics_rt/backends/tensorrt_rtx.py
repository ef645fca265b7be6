"""TensorRT for RTX: the same adapter as TensorRT's, for engines of its own kind."""

from __future__ import annotations

from forensics_rt.backends.tensorrt.backend import TensorRTRTXBackend, why_not
from forensics_rt.backends.tensorrt.backend import unavailable as _unavailable
from forensics_rt.bundle import Bundle

__all__ = ["DEVICES", "PACKAGE", "TensorRTRTXBackend", "unavailable", "unavailable_for"]

PACKAGE = "tensorrt_rtx"
DEVICES = ("cuda",)


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    return _unavailable()


def unavailable_for(bundle: Bundle) -> str | None:
    """Say why it cannot run a bundle here; `None` where it can."""
    return why_not("tensorrt-rtx", bundle)
