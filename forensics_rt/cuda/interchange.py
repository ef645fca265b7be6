"""Arrays of others on the device as input, and our own as output, without a copy."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from forensics_rt.cuda.dlpack import CPU, CUDA, CUDA_MANAGED, make_capsule, read_capsule
from forensics_rt.cuda.port import Device, Event, Memory, Stream
from forensics_rt.errors import InvalidArray

NAME = "<device array>"
# What the two protocols mean by these numbers of a stream.
_LEGACY_DEFAULT, _NO_WAITING = 1, -1


@dataclass(frozen=True)
class DeviceImage:
    """An image that lies on the device.

    Attributes:
        pointer: Address of the first byte.
        height: In pixels.
        width: In pixels.
        owner: Keeps the memory alive.
    """

    pointer: int
    height: int
    width: int
    owner: Any


def is_on_device(array: Any) -> bool:
    """Whether an array lies on a GPU, as torch, CuPy and pycuda arrays say it."""
    if hasattr(array, "__cuda_array_interface__"):
        return True
    kinds = (CUDA, CUDA_MANAGED)
    return hasattr(array, "__dlpack_device__") and array.__dlpack_device__()[0] in kinds


def size_of(array: Any) -> tuple[int, int]:
    """Return height and width of an image, wherever it lies; nothing of it is read.

    Raises:
        InvalidArray: If it is no array of three axes, or has no pixels.
    """
    try:
        facts = getattr(array, "__cuda_array_interface__", None)
    except RuntimeError as error:  # torch's of a tensor that asks for a gradient
        raise InvalidArray(NAME, f"cannot be read: {error}") from error
    shape = tuple(getattr(array, "shape", ()) if facts is None else facts["shape"])
    if len(shape) != 3 or math.prod(shape) == 0:
        raise InvalidArray(NAME, f"must be an H×W×3 array, but has shape {shape}")
    return int(shape[0]), int(shape[1])


def accept_image(array: Any, device: Device, stream: Stream) -> DeviceImage:
    """Take an image that lies on the device, through DLPack or `__cuda_array_interface__`.

    Work that its maker has queued is waited for by the stream, not by the caller.

    Args:
        array: H×W×3 uint8 RGB without gaps: a torch tensor, a CuPy array, a pycuda GPUArray.
        device: The device that is to read it.
        stream: The stream that is to read it.

    Raises:
        InvalidArray: If it lies elsewhere, or has another type, shape or order in memory.
    """
    if hasattr(array, "__dlpack__") and hasattr(array, "__dlpack_device__"):
        found = _from_dlpack(array, device, stream)
    elif hasattr(array, "__cuda_array_interface__"):
        found = _from_cuda_array_interface(array, device, stream)
    else:
        raise InvalidArray(
            NAME,
            f"must have __dlpack__ or __cuda_array_interface__, but is {type(array).__name__}",
        )
    if reason := device.owner_of(found.pointer):
        raise InvalidArray(NAME, f"its memory cannot be used: {reason}")
    return found


@dataclass(frozen=True, eq=False)
class DeviceArray:
    """An array on the device, for torch, CuPy, pycuda and others.

    `torch.from_dlpack(array)`, `cupy.from_dlpack(array)` and `torch.as_tensor(array)` share its
    memory. It is freed when this object and all that share it are gone, in the order of the stream
    that wrote it, and behind what the default stream holds then if that was given it by DLPack.
    A reader on another stream, or by the array interface, keeps it until that is done.

    Attributes:
        device: Where it lies.
        pointer: Address of the first element.
        shape: Lengths of the axes.
        kind: numpy's name of the element type.
        memory: What it is a part of.
        stream: The stream that wrote it.
        ready: When that is done.
    """

    device: Device
    pointer: int
    shape: tuple[int, ...]
    kind: str
    memory: Memory
    stream: Stream
    ready: Event

    @property
    def dtype(self) -> np.dtype[Any]:
        """The element type."""
        return np.dtype(self.kind)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """The array interface of numba, CuPy, pycuda and torch, version 3."""
        return {
            "shape": self.shape,
            "typestr": self.dtype.str if self.dtype.itemsize > 1 else f"|{self.dtype.str[1:]}",
            "data": (self.pointer, False),
            "strides": None,
            "stream": self.stream.handle,
            "version": 3,
        }

    def __dlpack_device__(self) -> tuple[int, int]:
        """Say where the array lies."""
        return CUDA, self.device.ordinal

    def __dlpack__(
        self,
        *,
        stream: int | None = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """Return a capsule.

        Args:
            stream: The consumer's, which is made to wait; `None` for the default stream, −1 for no
                waiting.
            max_version: Not used: capsules are of the form that all consumers read.
            dl_device: Where it is wanted; only where it is.
            copy: Whether to copy; only not.

        Raises:
            BufferError: If it is wanted elsewhere or copied.
        """
        if copy or dl_device not in (None, self.__dlpack_device__()):
            raise BufferError("an array can be shared but not copied here; copy it yourself")
        owner: Any = self
        if stream != _NO_WAITING:
            with self.device.current():
                consumer = self.device.adopt_stream(stream or _LEGACY_DEFAULT)
                consumer.wait(self.ready)
            if stream in (None, _LEGACY_DEFAULT):
                owner = _Lent(self, consumer)
        return make_capsule(self.pointer, self.shape, self.kind, self.__dlpack_device__(), owner)


@dataclass(frozen=True, eq=False)
class _Lent:
    """An array that the default stream reads: not freed before what is queued there at the end.

    Another stream may be gone by then, and to ask one that is gone ends the process.
    """

    array: DeviceArray
    reader: Stream

    def __del__(self) -> None:
        if sys.is_finalizing():  # nothing of CUDA may be asked any more, and nothing runs after
            return
        with self.array.device.current():
            self.array.stream.wait(self.reader.record())


def _from_dlpack(array: Any, device: Device, stream: Stream) -> DeviceImage:
    kind, ordinal = array.__dlpack_device__()
    if kind == CPU:
        raise InvalidArray(NAME, "must be on the GPU, but is on the CPU; give a numpy array")
    if kind not in (CUDA, CUDA_MANAGED):
        raise InvalidArray(NAME, f"must be on a CUDA GPU, but is on DLPack device type {kind}")
    if kind == CUDA and ordinal != device.ordinal:
        raise InvalidArray(NAME, f"must be on GPU {device.ordinal}, but is on GPU {ordinal}")
    capsule = array.__dlpack__(stream=stream.handle)
    tensor = read_capsule(capsule)
    _check(tensor.dtype, tensor.shape, tensor.strides)
    return DeviceImage(tensor.pointer, tensor.shape[0], tensor.shape[1], (array, capsule))


def _from_cuda_array_interface(array: Any, device: Device, stream: Stream) -> DeviceImage:
    facts = array.__cuda_array_interface__
    dtype, shape = np.dtype(facts["typestr"]), tuple(facts["shape"])
    strides = facts.get("strides")
    _check(dtype.name, shape, strides and tuple(step / dtype.itemsize for step in strides))
    if facts.get("mask") is not None:
        raise InvalidArray(NAME, "must have no mask, but has one")
    producer = facts.get("stream")
    if producer is not None and producer != stream.handle:
        stream.wait(device.adopt_stream(producer).record())
    return DeviceImage(facts["data"][0], shape[0], shape[1], array)


def _check(dtype: str | None, shape: tuple[int, ...], strides: tuple[float, ...] | None) -> None:
    if dtype != "uint8":
        raise InvalidArray(NAME, f"must be uint8, but is {dtype or 'of a type unknown to numpy'}")
    if len(shape) != 3 or shape[2] != 3 or math.prod(shape) == 0:
        raise InvalidArray(NAME, f"must be H×W×3 RGB, but has shape {tuple(shape)}")
    # The step along an axis of length 1 is never taken, and may be anything.
    wanted = (shape[1] * 3, 3, 1)
    if strides is not None and any(
        step != right
        for step, right, length in zip(strides, wanted, shape, strict=True)
        if length > 1
    ):
        raise InvalidArray(
            NAME,
            f"must be contiguous in memory, row by row with RGB together, but has strides "
            f"{strides}; make it contiguous first",
        )
