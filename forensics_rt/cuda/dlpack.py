"""DLPack capsules, written and read with nothing but ctypes.

DLPack is the array exchange of PyTorch, CuPy, JAX and numpy: a Python capsule around a C struct
(dmlc/dlpack, `dlpack.h`, the unversioned `DLManagedTensor`).
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np

CPU, CUDA, CUDA_MANAGED = 1, 2, 13
_KINDS = {0: "i", 1: "u", 2: "f", 6: "b"}
_NAME = b"dltensor"


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("type_code", ctypes.c_uint8),
        ("type_bits", ctypes.c_uint8),
        ("type_lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


class _ManagedTensor(ctypes.Structure):
    pass


_Deleter = ctypes.CFUNCTYPE(None, ctypes.POINTER(_ManagedTensor))
_ManagedTensor._fields_ = (
    ("tensor", _Tensor),
    ("context", ctypes.c_void_p),
    ("deleter", _Deleter),
)


def _python(name: str, result: Any, *arguments: Any) -> Any:
    return ctypes.PYFUNCTYPE(result, *arguments)((name, ctypes.pythonapi))


_address = ctypes.c_void_p
_capsule_new = _python("PyCapsule_New", ctypes.py_object, _address, ctypes.c_char_p, _address)
# Of the capsule as an address: a destructor must not make new references to what is dying.
_is_valid = _python("PyCapsule_IsValid", ctypes.c_int, _address, ctypes.c_char_p)
_get_pointer = _python("PyCapsule_GetPointer", _address, _address, ctypes.c_char_p)

# What keeps exported memory alive until its consumer is done, by address of the struct.
_exported: dict[int, tuple[Any, ...]] = {}


@dataclass(frozen=True)
class Tensor:
    """What a capsule says.

    Attributes:
        pointer: Address of the first element.
        shape: Lengths of the axes.
        strides: Elements from one to the next, by axis; `None` for no gaps, last axis fastest.
        dtype: numpy's name for the element type, such as `uint8`; `None` if numpy has none.
        device: DLPack's type of device, such as `CUDA`, and its number.
    """

    pointer: int
    shape: tuple[int, ...]
    strides: tuple[int, ...] | None
    dtype: str | None
    device: tuple[int, int]


def read_capsule(capsule: Any) -> Tensor:
    """Read a capsule without taking it over: the memory lives as long as the capsule is kept.

    Raises:
        ValueError: If it is no unused `dltensor` capsule.
    """
    address = id(capsule)
    if type(capsule).__name__ != "PyCapsule" or not _is_valid(address, _NAME):
        raise ValueError("must be an unused DLPack capsule, but is not")
    managed = ctypes.cast(_get_pointer(address, _NAME), ctypes.POINTER(_ManagedTensor)).contents
    tensor = managed.tensor
    axes = range(tensor.ndim)
    kind = _KINDS.get(tensor.type_code)
    known = kind is not None and tensor.type_lanes == 1
    return Tensor(
        pointer=(tensor.data or 0) + tensor.byte_offset,
        shape=tuple(tensor.shape[axis] for axis in axes),
        strides=tuple(tensor.strides[axis] for axis in axes) if tensor.strides else None,
        dtype=np.dtype(f"{kind}{tensor.type_bits // 8}").name if known else None,
        device=(tensor.device_type, tensor.device_id),
    )


def make_capsule(
    pointer: int, shape: tuple[int, ...], dtype: str, device: tuple[int, int], owner: Any
) -> Any:
    """Return a capsule for memory without gaps.

    Args:
        pointer: Address of the first element.
        shape: Lengths of the axes.
        dtype: numpy's name for the element type.
        device: DLPack's type of device and its number.
        owner: Kept alive until the consumer lets go.
    """
    element = np.dtype(dtype)
    lengths = (ctypes.c_int64 * len(shape))(*shape)
    code = next(code for code, kind in _KINDS.items() if kind == element.kind)
    managed = _ManagedTensor(
        _Tensor(pointer, *device, len(shape), code, element.itemsize * 8, 1, lengths, None, 0),
        None,
        _forget,
    )
    address = ctypes.addressof(managed)
    _exported[address] = (managed, lengths, owner)
    return _capsule_new(address, _NAME, ctypes.cast(_destroy, ctypes.c_void_p))


def _forget_exported(managed: Any) -> None:
    _exported.pop(ctypes.addressof(managed.contents), None)


def _destroy_capsule(capsule: int) -> None:
    # A consumer renames the capsule and calls the deleter itself; an unused one does it here.
    if _is_valid(capsule, _NAME):
        _exported.pop(_get_pointer(capsule, _NAME), None)


_forget = _Deleter(_forget_exported)
_destroy = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(_destroy_capsule)
