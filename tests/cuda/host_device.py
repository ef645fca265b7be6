"""A device that is the CPU: the same kernels, compiled as C++, behind the same port.

Streams are real queues: work is done when somebody waits for it, and among the streams that may go
on the next is drawn by chance. A result that depends on an order that no event promises is soon
seen.
"""

import ctypes
import random
import weakref
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.cuda.compiled import compiled

HERE = Path(__file__).parent
C_TYPES = {np.int32: ctypes.c_int32, np.int64: ctypes.c_int64, np.float32: ctypes.c_float}


@cache
def library():
    """The kernels as C++."""
    with TemporaryDirectory() as folder:
        return ctypes.CDLL(str(compiled(HERE / "emulate.cpp", Path(folder) / "kernels.so")))


@dataclass
class HostEvent:
    device: "HostDevice"
    come: bool = False

    def synchronize(self):
        self.device.run_until(lambda: self.come)


@dataclass
class HostStream:
    device: "HostDevice"
    handle: int
    queue: deque = field(default_factory=deque)  # work, or an event to wait for

    def record(self):
        event = HostEvent(self.device)

        def come():
            event.come = True

        self.queue.append(come)
        return event

    def wait(self, event):
        self.queue.append(event)

    def synchronize(self):
        self.device.run_until(lambda: not self.queue)


class HostMemory:
    def __init__(self, size):
        # Filled with rubbish, as a device's memory is, and aligned as a device's is.
        self.whole = np.full(size + 256, 0xA7, np.uint8)
        self.pointer = -(-self.whole.ctypes.data // 256) * 256
        self.size = size
        self.array = self.whole[self.pointer - self.whole.ctypes.data :][:size]


def _spoil(memory):
    memory[:] = 0xEE


class HostDevice:
    """The port of forensics_rt.cuda on the CPU.

    Args:
        seed: Of the order in which streams go on.
        workers: Threads that run the blocks of a kernel.
        backwards: Whether blocks and threads run in the opposite order.
        small_grid: Launch at most this many blocks along each axis; `None` for what was asked.
    """

    ordinal = 0

    def __init__(self, seed=0, workers=1, backwards=False, small_grid=None):
        self._library = library()
        self._random = random.Random(seed)
        self._options = (workers, int(backwards))
        self._small_grid = small_grid
        self._streams = {}
        self._pinned = []
        self.depth = 0
        self.log = []  # what ran, and on which stream
        self.copied = []  # sizes of copies, in the order in which they were asked for

    @contextmanager
    def current(self):
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def create_stream(self):
        return self.adopt_stream(len(self._streams) + 100)

    def adopt_stream(self, handle):
        if handle not in self._streams:
            self._streams[handle] = HostStream(self, handle)
        return self._streams[handle]

    def allocate(self, size, stream):
        assert self.depth, "memory must be taken with the device current"
        memory = HostMemory(size)
        # Freed in the order of the stream: work in the queue may come after the owner let it go.
        weakref.finalize(memory, stream.queue.append, partial(_spoil, memory.whole))
        return memory

    def allocate_pinned(self, size):
        assert self.depth, "memory must be taken with the device current"
        memory = HostMemory(size)
        self._pinned.append(memory.whole)
        weakref.finalize(memory, _spoil, memory.whole)  # at once, whatever is under way
        return memory

    def copy(self, target, source, size, stream):
        self.copied.append(size)
        self._enqueue(stream, "copy", lambda: ctypes.memmove(target, source, size))

    def clear(self, target, size, stream):
        self._enqueue(stream, "clear", lambda: ctypes.memset(target, 0, size))

    def launch(self, kernel, grid, block, arguments, stream):
        assert max(grid[1:]) <= 65535 and np.prod(block) <= 256
        if self._small_grid is not None:
            grid = tuple(min(length, self._small_grid) for length in grid)
        values = [
            ctypes.c_void_p(value) if type(value) is int else C_TYPES[type(value)](value)
            for value in arguments
        ]
        addresses = (ctypes.c_void_p * len(values))(*(ctypes.addressof(v) for v in values))
        extents = [(ctypes.c_uint * 3)(*extent) for extent in (grid, block)]

        def run():
            assert values
            unknown = self._library.launch(kernel.encode(), *extents, *self._options, addresses)
            assert unknown == 0, f"emulate.cpp does not know kernel {kernel}"

        self._enqueue(stream, kernel, run)

    def call(self, stream, work):
        """Queue a function, as an engine queues its kernels."""
        self._enqueue(self._streams[stream], "engine", work)

    def owner_of(self, pointer):
        return None if pointer else "its address is 0"

    def run_until(self, done):
        """Let streams go on, in an order drawn by chance, until something is so."""
        while not done():
            ready = [stream for stream in self._streams.values() if self._can_go_on(stream)]
            assert ready, "the streams wait for each other"
            stream = self._random.choice(ready)
            work = stream.queue.popleft()
            if not isinstance(work, HostEvent):
                work()

    def _can_go_on(self, stream):
        if not stream.queue:
            return False
        first = stream.queue[0]
        return first.come if isinstance(first, HostEvent) else True

    def _enqueue(self, stream, name, work):
        assert self.depth, f"{name} must be queued with the device current"

        def logged():
            self.log.append((stream.handle, name))
            work()

        stream.queue.append(logged)
