"""What the device path needs of a device, and nothing that only CUDA has.

`device.CudaDevice` is the adapter for GPUs. The tests have one that runs the same kernels on the
CPU, so that all that stands on this port is tested without a GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

# A pointer is an int; every other argument has the width that the kernel declares.
Argument: TypeAlias = int | np.int32 | np.int64 | np.float32
Extent: TypeAlias = tuple[int, int, int]


class Event(Protocol):
    """A point in the work of a stream."""

    def synchronize(self) -> None:
        """Block until the work before it is done."""


class Stream(Protocol):
    """A queue of work; what is in it runs in order."""

    @property
    def handle(self) -> int:
        """Address of the driver's stream, for engines."""

    def record(self) -> Event:
        """Return an event behind all work that is in the stream now."""

    def wait(self, event: Event) -> None:
        """Hold back all later work until the event has come; does not block the caller."""

    def synchronize(self) -> None:
        """Block until all work is done."""


class Memory(Protocol):
    """A piece of memory, given back when it is no longer referred to.

    Attributes:
        pointer: Address, a multiple of 256.
        size: In bytes.
    """

    pointer: int
    size: int


class PinnedMemory(Memory, Protocol):
    """Memory of the host that the device can copy from and to while the host does other work.

    Attributes:
        array: The same bytes for numpy.
    """

    array: npt.NDArray[np.uint8]


class Device(Protocol):
    """One GPU."""

    @property
    def ordinal(self) -> int:
        """Its number."""

    def current(self) -> AbstractContextManager[None]:
        """Make it the thread's current device inside a `with`; all else here is called in one."""

    def create_stream(self) -> Stream:
        """Return a new stream, which does not wait for the default stream."""

    def adopt_stream(self, handle: int) -> Stream:
        """Return somebody else's stream, by its handle."""

    def allocate(self, size: int, stream: Stream) -> Memory:
        """Take memory of the device, usable in the order of a stream; freed in that order too."""

    def allocate_pinned(self, size: int) -> PinnedMemory:
        """Take page-locked memory of the host."""

    def copy(self, target: int, source: int, size: int, stream: Stream) -> None:
        """Copy bytes between any two addresses, host or device, in the order of a stream."""

    def clear(self, target: int, size: int, stream: Stream) -> None:
        """Set bytes of the device to 0, in the order of a stream."""

    def launch(
        self,
        kernel: str,
        grid: Extent,
        block: Extent,
        arguments: Sequence[Argument],
        stream: Stream,
    ) -> None:
        """Run a kernel of `kernels.cu`, in the order of a stream."""

    def owner_of(self, pointer: int) -> str | None:
        """Say why memory of this address cannot be used here; `None` where it can."""
