"""Asking a machine for its GPU, driver and TensorRT, without any package and without a crash.

The driver's own libraries are asked through ctypes: a TensorRT runtime that is created where no
driver answers may bring the process down, so nothing of TensorRT is touched here.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from importlib import metadata

from forensics_rt.cuda.driver import LIBRARY, probe_driver
from forensics_rt.system.gpu_platform import GpuPlatform

_MANAGEMENT = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
_NAME_BYTES = 256
# CUdevice_attribute of the driver API.
_MAJOR, _MINOR = 75, 76


def gpu_platform(device: int = 0) -> GpuPlatform:
    """Return what this machine has; all `None` where no driver answers.

    Args:
        device: Ordinal of the GPU, as CUDA counts.

    Example:
        >>> gpu_platform().describe()  # doctest: +SKIP
        'NVIDIA L4 (8.9), driver 580.65.06, CUDA 13.0, tensorrt 11.4.0.106'
    """
    installed = installed_tensorrt()
    status = probe_driver()
    if not status.usable:
        return GpuPlatform(tensorrt=installed)
    cuda = _load(LIBRARY)
    handle, name = ctypes.c_int(), ctypes.create_string_buffer(_NAME_BYTES)
    if cuda is None or cuda.cuDeviceGet(ctypes.byref(handle), device) != 0:
        return GpuPlatform(tensorrt=installed)
    cuda.cuDeviceGetName(name, _NAME_BYTES, handle)
    return GpuPlatform(
        gpu=name.value.decode(),
        compute_capability=f"{_attribute(cuda, _MAJOR, handle)}.{_attribute(cuda, _MINOR, handle)}",
        driver=_driver_version(),
        cuda=None if status.version is None else ".".join(map(str, status.version)),
        tensorrt=installed,
    )


def installed_tensorrt() -> dict[str, str]:
    """Return the version of each kind of TensorRT that is installed, nothing imported."""
    found = {}
    for kind in ("tensorrt", "tensorrt-rtx"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[kind] = metadata.version(kind)
    return found


def _load(name: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


def _attribute(cuda: ctypes.CDLL, attribute: int, device: ctypes.c_int) -> int:
    value = ctypes.c_int()
    cuda.cuDeviceGetAttribute(ctypes.byref(value), attribute, device)
    return value.value


def _driver_version() -> str | None:
    library = _load(_MANAGEMENT)
    if library is None or library.nvmlInit_v2() != 0:
        return None
    text = ctypes.create_string_buffer(_NAME_BYTES)
    failed = library.nvmlSystemGetDriverVersion(text, _NAME_BYTES)
    library.nvmlShutdown()
    return None if failed else text.value.decode()
