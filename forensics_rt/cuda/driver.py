"""Whether there is a CUDA driver and a GPU, found out without any package and without a crash."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

from forensics_rt.errors import CudaUnavailable

LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_HINTS = {
    35: "the driver is older than its library, update it",
    100: "the driver sees no GPU; look at nvidia-smi and CUDA_VISIBLE_DEVICES",
    802: "the NVSwitch fabric is not ready; start nvidia-fabricmanager",
    803: "the driver's kernel module and library differ in version; reboot",
    804: "the GPU does not support this library in compatibility mode",
    999: "unknown error; look at nvidia-smi, and in a container at the NVIDIA runtime",
}


@dataclass(frozen=True)
class DriverStatus:
    """What the CUDA driver said.

    Attributes:
        reason: Why CUDA cannot be used here; `None` where it can.
        version: CUDA version that the driver supports, such as (13, 0); `None` without a driver.
        devices: How many GPUs it offers.
    """

    reason: str | None
    version: tuple[int, int] | None = None
    devices: int = 0

    @property
    def usable(self) -> bool:
        """Whether there is a driver that offers a GPU."""
        return self.reason is None

    def lacks(self, device: int) -> str | None:
        """Say that there is no GPU of that number; `None` where there is."""
        if 0 <= device < self.devices:
            return None
        return (
            f"GPU must be from 0 to {self.devices - 1}, but is {device}; CUDA_VISIBLE_DEVICES "
            "decides which there are"
        )


@cache
def probe_driver() -> DriverStatus:
    """Ask the driver, once a process.

    Some CUDA libraries end the process where there is no driver, so this comes before any of them.
    No context is made, and nothing of CUDA but the driver itself is loaded.
    """
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        return DriverStatus(f"no NVIDIA driver: {error}")
    return ask(library)


def ask(library: Any) -> DriverStatus:
    """Ask a loaded driver library for its state.

    Args:
        library: With the functions `cuInit`, `cuDriverGetVersion` and `cuDeviceGetCount`.
    """
    number = ctypes.c_int()
    if code := library.cuInit(0):
        return DriverStatus(f"cuInit failed with error {code}: {_hint(code)}")
    if code := library.cuDriverGetVersion(ctypes.byref(number)):
        return DriverStatus(f"cuDriverGetVersion failed with error {code}: {_hint(code)}")
    version = (number.value // 1000, number.value % 1000 // 10)
    if code := library.cuDeviceGetCount(ctypes.byref(number)):
        return DriverStatus(f"cuDeviceGetCount failed with error {code}: {_hint(code)}", version)
    if number.value == 0:
        return DriverStatus(_HINTS[100], version)
    return DriverStatus(None, version, number.value)


def require_driver(device: int = 0) -> DriverStatus:
    """Return the state of the driver, or raise.

    Args:
        device: Ordinal of the GPU that is wanted.

    Raises:
        CudaUnavailable: If there is no driver, or no such GPU.
    """
    status = probe_driver()
    if not status.usable:
        raise CudaUnavailable(
            f"CUDA cannot be used here: {status.reason}. Install an NVIDIA driver, or use "
            "device 'cpu'"
        )
    if reason := status.lacks(device):
        raise CudaUnavailable(reason)
    return status


def _hint(code: int) -> str:
    return _HINTS.get(code, "see CUresult in the CUDA driver's documentation")
