"""What one call of an engine needs for itself: contexts, a stream, memory, CUDA graphs."""

from __future__ import annotations

import logging
from functools import partial

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.split import Part, split, split_at
from forensics_rt.backends.tensorrt.context import Context
from forensics_rt.backends.tensorrt.graphs import BoundGraph, GraphCache
from forensics_rt.backends.tensorrt.loader import Engine, EngineLoader
from forensics_rt.cuda.graph import Capture
from forensics_rt.cuda.port import Device, Event, Stream
from forensics_rt.cuda.request import ALIGNMENT
from forensics_rt.cuda.workspace import Reserve
from forensics_rt.errors import EngineFailed

# Batch sizes, at the addresses they come at: a stream of pages has two or three.
GRAPHS_KEPT = 8
_log = logging.getLogger(__name__)


class Slot:
    """Runs an engine for one caller at a time.

    What was queued may still be under way when the next caller comes with another stream, and all
    contexts of a slot compute in the same memory: the streams are made to wait for each other, the
    callers are not.

    Args:
        device: Where.
        loader: What loaded the engine.
        engine: The engine.
        capture: Records CUDA graphs; `None` where TensorRT does it itself, or nobody shall.

    Raises:
        EngineFailed: If TensorRT makes no context.
    """

    def __init__(
        self, device: Device, loader: EngineLoader, engine: Engine, capture: Capture | None
    ) -> None:
        """Make a stream and a context; buffers are taken when needed."""
        self._device = device
        self._loader = loader
        self._engine = engine
        self._capture = capture
        self._stream = device.create_stream()
        self._graphs = GraphCache(GRAPHS_KEPT)
        self._last: Event | None = None
        take = partial(device.allocate, stream=self._stream)
        self._images, self._answers = Reserve(take), Reserve(take)
        self._staged, self._fetched = (Reserve(device.allocate_pinned) for _ in range(2))
        self._scratch: tuple[int, int] | None = None
        if capture is not None:
            size = max(1, int(engine.handle.device_memory_size_v2))
            self._scratch_memory = device.allocate(size, self._stream)
            self._stream.synchronize()  # taken in this stream's order, and used in any
            self._scratch = (self._scratch_memory.pointer, size)
        self._context: Context | None = Context(loader, engine, self._scratch)

    def infer(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Run a batch that lies on the host: N×H×W×3 to N×H×W, any N."""
        answers = np.empty(images.shape[:3], np.float32)
        pixels, batch = images.shape[1] * images.shape[2], self._engine.record.batch
        target, source = self._own_buffers()
        staged = self._staged.at_least(batch.max * pixels * 3)
        fetched = self._fetched.at_least(batch.max * pixels * 4)
        self._wait_for_the_last(self._stream)
        for part in split(len(images), batch.min, batch.max):
            taken = np.ascontiguousarray(images[part.first : part.first + part.count])
            used = part.size * pixels * 3
            staged.array[: taken.nbytes] = taken.reshape(-1)
            staged.array[taken.nbytes : used] = 0
            self._device.copy(target, staged.pointer, used, self._stream)
            self._enqueue(target, source, part.size, self._stream)
            wanted = part.count * pixels * 4
            self._device.copy(fetched.pointer, source, wanted, self._stream)
            self._stream.synchronize()
            found = fetched.array[:wanted].view(np.float32)
            answers[part.first : part.first + part.count].reshape(-1)[:] = found
        return answers

    def infer_on_device(
        self, images: int, probability: int, shape: tuple[int, int, int], stream: Stream
    ) -> None:
        """Queue a batch that lies on the device on somebody's stream; see `cuda.blend.Infer`."""
        pixels, batch = shape[1] * shape[2], self._engine.record.batch
        parts = split(shape[0], batch.min, batch.max)
        for part, read, write in split_at(images, probability, shape, parts):
            if part.padded or read % ALIGNMENT or write % ALIGNMENT:
                self._enqueue_staged(read, write, part, pixels, stream)
            else:
                self._enqueue(read, write, part.size, stream)

    def close(self) -> None:
        """Wait for what is under way and give everything back."""
        if self._last is not None:
            self._last.synchronize()
        self._stream.synchronize()
        self._graphs.close()
        self._context = None

    def _enqueue_staged(
        self, read: int, write: int, part: Part, pixels: int, stream: Stream
    ) -> None:
        target, source = self._own_buffers()
        self._wait_for_the_last(stream)
        self._device.copy(target, read, 3 * pixels * part.count, stream)
        if part.padded:
            at = target + 3 * pixels * part.count
            self._device.clear(at, 3 * pixels * (part.size - part.count), stream)
        self._enqueue(target, source, part.size, stream)
        self._device.copy(write, source, 4 * pixels * part.count, stream)
        self._last = stream.record()

    def _own_buffers(self) -> tuple[int, int]:
        pixels = self._engine.record.batch.max * self._engine.record.tile**2
        own = self._images.at_least(3 * pixels), self._answers.at_least(4 * pixels)
        self._stream.synchronize()  # taken in this stream's order, and used in any
        return own[0].pointer, own[1].pointer

    def _wait_for_the_last(self, stream: Stream) -> None:
        if self._last is not None:
            stream.wait(self._last)

    def _enqueue(self, images: int, probability: int, size: int, stream: Stream) -> None:
        self._wait_for_the_last(stream)
        key = (size, images, probability)
        graph = self._graphs.find(key)
        if graph is not None:
            graph.launch(stream)
        else:
            # A context is bound to one place for good once a graph has been recorded from it.
            context = self._context or Context(self._loader, self._engine, self._scratch)
            self._context = context
            context.bind(images, probability, size, stream)
            context.execute(stream)
            self._record(key, context)
        self._last = stream.record()

    def _record(self, key: tuple[int, int, int], context: Context) -> None:
        """Record what was just run, bound as it is; that run has settled all that is lazy."""
        if self._capture is None:
            return
        try:
            graph = self._capture(self._stream, lambda: context.execute(self._stream))
        except EngineFailed as error:
            self._capture = None
            _log.warning(
                "%s: no CUDA graphs, every call queues its kernels one by one: %s",
                self._engine.record.file.path,
                error,
            )
            return
        self._context = None
        self._graphs.add(key, BoundGraph(graph, context))
