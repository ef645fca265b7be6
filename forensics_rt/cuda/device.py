"""One GPU through cuda-core: its primary context, streams, memory and kernels.

The primary context is the one that PyTorch, ONNX Runtime, TensorRT and CUDA's own runtime library
use, so their memory can be read here and ours there. No other context is ever made, and what was
current in a thread before is current again after.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.cuda import compile as compiler
from forensics_rt.cuda.driver import DriverStatus, require_driver
from forensics_rt.cuda.port import Argument, Event, Extent, Stream
from forensics_rt.errors import CudaUnavailable, EngineFailed


class CudaEvent:
    """A point in the work of a stream."""

    def __init__(self, event: Any) -> None:
        """Keep cuda-core's event."""
        self.event = event

    def synchronize(self) -> None:
        """Block until the work before it is done."""
        self.event.sync()


class CudaStream:
    """A queue of work on the GPU."""

    def __init__(self, stream: Any) -> None:
        """Keep cuda-core's stream."""
        self.stream = stream

    @property
    def handle(self) -> int:
        """Address of the driver's stream."""
        return int(self.stream.handle)

    def record(self) -> CudaEvent:
        """Return an event behind all work that is in the stream now."""
        return CudaEvent(self.stream.record())

    def wait(self, event: Event) -> None:
        """Hold back all later work until the event has come."""
        self.stream.wait(_own(event, CudaEvent).event)

    def synchronize(self) -> None:
        """Block until all work is done."""
        self.stream.sync()


class CudaMemory:
    """Memory of the GPU, or page-locked memory of the host."""

    def __init__(self, buffer: Any) -> None:
        """Keep cuda-core's buffer, which frees itself when it is dropped."""
        self._buffer = buffer
        self.pointer = int(buffer.handle)
        self.size = int(buffer.size)


class CudaPinnedMemory(CudaMemory):
    """Page-locked memory of the host, also as an array."""

    def __init__(self, buffer: Any) -> None:
        """Look at the bytes through numpy."""
        super().__init__(buffer)
        there = (ctypes.c_uint8 * self.size).from_address(self.pointer)
        self.array: npt.NDArray[np.uint8] = np.ctypeslib.as_array(there)


class CudaDevice:
    """One GPU. Thread-safe; a stream is not.

    Args:
        ordinal: Number of the GPU.

    Raises:
        CudaUnavailable: If there is no driver, an old one, no such GPU, no cuda-core, or no
            compiler for the GPU.

    Example:
        >>> device = CudaDevice(0)  # doctest: +SKIP
        >>> with device.current():  # doctest: +SKIP
        ...     stream = device.create_stream()
    """

    def __init__(self, ordinal: int = 0) -> None:
        """Take the GPU's primary context and load the kernels."""
        driver = require_driver(ordinal)
        self.ordinal = ordinal
        self._core = compiler.import_package(*compiler.CUDA_CORE)
        self._driver = importlib.import_module("cuda.bindings.driver")
        _refuse_old_driver(driver)
        try:
            self._device = self._core.Device(ordinal)
            with self.current():
                self._primary = self._check(self._driver.cuCtxGetCurrent())
                self._pinned = self._core.LegacyPinnedMemoryResource()
                cubin = compiler.load_cubin(f"sm_{self._device.arch}")
                code = self._core.ObjectCode.from_cubin(cubin)
                self._kernels = {name: code.get_kernel(name) for name in compiler.kernel_names()}
        except EngineFailed as error:
            raise CudaUnavailable(f"the kernels cannot be loaded: {error}") from error

    @property
    def name(self) -> str:
        """Name of the GPU."""
        return str(self._device.name)

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make the primary context current inside a `with`, and what was current after it again.

        Raises:
            EngineFailed: In the place of what cuda-core raises inside.
        """
        before = self._check(self._driver.cuCtxGetCurrent())
        try:
            # Without an argument cuda-core takes the primary context.
            self._device.set_current()
            yield
        except Exception as error:
            # cuda-core does not export its errors.
            if not type(error).__module__.startswith("cuda."):
                raise
            raise EngineFailed(f"GPU {self.ordinal}: {error}") from error
        finally:
            self._check(self._driver.cuCtxSetCurrent(before))

    def create_stream(self) -> CudaStream:
        """Return a new stream, which does not wait for the default stream."""
        return CudaStream(self._device.create_stream())

    def adopt_stream(self, handle: int) -> CudaStream:
        """Return somebody else's stream, by its handle; it must outlive this object."""
        return CudaStream(self._core.Stream.from_handle(handle))

    def allocate(self, size: int, stream: Stream) -> CudaMemory:
        """Take memory of the GPU from the driver's pool, in the order of a stream."""
        own = _own(stream, CudaStream)
        return CudaMemory(self._device.allocate(size, stream=own.stream))

    def allocate_pinned(self, size: int) -> CudaPinnedMemory:
        """Take page-locked memory of the host."""
        return CudaPinnedMemory(self._pinned.allocate(size))

    def copy(self, target: int, source: int, size: int, stream: Stream) -> None:
        """Copy bytes between any two addresses; the driver knows which side they are on."""
        self._check(self._driver.cuMemcpyAsync(target, source, size, stream.handle))

    def clear(self, target: int, size: int, stream: Stream) -> None:
        """Set bytes of the GPU to 0."""
        self._check(self._driver.cuMemsetD8Async(target, 0, size, stream.handle))

    def launch(
        self,
        kernel: str,
        grid: Extent,
        block: Extent,
        arguments: Sequence[Argument],
        stream: Stream,
    ) -> None:
        """Run a kernel."""
        config = self._core.LaunchConfig(grid=grid, block=block)
        own = _own(stream, CudaStream)
        self._core.launch(own.stream, config, self._kernels[kernel], *arguments)

    def owner_of(self, pointer: int) -> str | None:
        """Say why memory of this address cannot be used here; `None` where it can."""
        kinds, query = self._driver.CUpointer_attribute, self._driver.cuPointerGetAttribute
        code, ordinal = query(kinds.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, pointer)
        if int(code):
            return f"the CUDA driver does not know its address ({code!r})"
        if int(ordinal) != self.ordinal:
            return f"it is on GPU {int(ordinal)}, not on GPU {self.ordinal}"
        code, context = query(kinds.CU_POINTER_ATTRIBUTE_CONTEXT, pointer)
        # Memory of a pool belongs to no context, which is no reason to refuse it.
        if int(code) == 0 and int(context) not in (0, int(self._primary)):
            return (
                "it belongs to a context of its own; make it in the primary one, with pycuda by "
                f"pycuda.driver.Device({self.ordinal}).retain_primary_context().push()"
            )
        return None

    def _check(self, answer: tuple[Any, ...]) -> Any:
        code, *values = answer
        if int(code):
            raise EngineFailed(f"GPU {self.ordinal}: the CUDA driver answered {code!r}")
        return values[0] if values else None


def _refuse_old_driver(driver: DriverStatus) -> None:
    # Within one major version of CUDA an older driver runs what a newer compiler made.
    compiled_by = compiler.compiler_version()
    if driver.version is not None and int(compiled_by.split(".")[0]) > driver.version[0]:
        raise CudaUnavailable(
            f"the driver supports CUDA {driver.version[0]}.{driver.version[1]}, but NVRTC is of "
            f"CUDA {compiled_by}: update the driver, or install an NVRTC of its major version"
        )


def _own(thing: Any, kind: Any) -> Any:
    if not isinstance(thing, kind):
        raise TypeError(f"must be a {kind.__name__}, but is {type(thing).__name__}")
    return thing
