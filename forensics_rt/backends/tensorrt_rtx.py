"""TensorRT for RTX: the same adapter as TensorRT's, for engines of its own kind."""

from __future__ import annotations

from forensics_rt.backends.device_word import place_of
from forensics_rt.backends.tensorrt.backend import TensorRTRTXBackend, why_not
from forensics_rt.bundle.engines.probe import gpu_platform
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.driver import probe_driver
from forensics_rt.system.gpu_platform import version_numbers

__all__ = ["DEVICES", "PACKAGE", "TensorRTRTXBackend", "runs_on", "unavailable", "unavailable_for"]

PACKAGE = "tensorrt_rtx"
DEVICES = ("cuda",)


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    if reason := probe_driver().reason:
        return reason
    machine = gpu_platform(place_of(device).ordinal)
    if machine.compute_capability is None or runs_on(machine.compute_capability):
        return None
    return (
        f"TensorRT for RTX {machine.tensorrt.get('tensorrt-rtx', '')} loads no engine on compute "
        f"capability {machine.compute_capability} ({machine.gpu}); use tensorrt there"
    )


def unavailable_for(bundle: Bundle, device: str) -> str | None:
    """Say why it cannot run a bundle on a GPU of this machine; `None` where it can."""
    return why_not("tensorrt-rtx", bundle, place_of(device).ordinal)


def runs_on(capability: str) -> bool:
    """Tell whether TensorRT for RTX runs on a GPU: on one that it names, or on a later one.

    Args:
        capability: The GPU's, such as `8.9`.
    """
    import tensorrt_rtx

    named = [name[2:] for name in vars(tensorrt_rtx.ComputeCapability) if name.startswith("SM")]
    known = sorted(version_numbers(f"{text[:-1]}.{text[-1]}") for text in named)
    wanted = version_numbers(capability)
    return wanted in known or wanted > known[-1]
