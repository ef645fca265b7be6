"""Tensors of Triton's Python backend as arrays of numpy, and back, with any numpy.

The backend is compiled for numpy 1. Under numpy 2 its `as_numpy` gives wrong values and a tensor
made of an array arrives empty, both without an error; DLPack is exact. Under numpy 1 it is the
other way round.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

# Kept as long as capsules have it for a name.
_TAKEN = ctypes.c_char_p(b"used_dltensor")
BY_DLPACK = int(np.__version__.split(".")[0]) >= 2


def array_of(tensor: Any) -> npt.NDArray[Any]:
    """Return what a tensor holds: memory shared with the server, valid during the request."""
    return np.from_dlpack(tensor) if BY_DLPACK else np.asarray(tensor.as_numpy())


def tensor_of(backend: Any, name: str, array: npt.NDArray[Any]) -> Any:
    """Return a tensor for the server.

    Args:
        backend: Triton's module `triton_python_backend_utils`.
        name: Of the tensor.
        array: What it holds; numbers, no strings.
    """
    array = np.ascontiguousarray(array)
    if not BY_DLPACK:
        return backend.Tensor(name, array)
    if not array.flags.writeable:  # DLPack hands out none that is read-only
        array = array.copy()
    capsule = array.__dlpack__()
    tensor = backend.Tensor.from_dlpack(name, capsule)
    # The backend calls a capsule that it has taken "used_dlpack", a name that DLPack does not have:
    # numpy would print an error for each, into the log of the server.
    ctypes.pythonapi.PyCapsule_SetName(ctypes.py_object(capsule), _TAKEN)
    return tensor


def bytes_of(tensor: Any) -> bytes:
    """Return the bytes of a UINT8 tensor."""
    return array_of(tensor).tobytes()


def bytes_array(data: bytes) -> npt.NDArray[np.uint8]:
    """Return bytes as an array that DLPack hands out."""
    return np.frombuffer(bytearray(data), np.uint8)
