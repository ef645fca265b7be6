"""ONNX Runtime's sessions on memory of the device: bound by address, in the order of streams."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.engine_stream import EngineStream
from forensics_rt.backends.split import split, split_at, split_rounded
from forensics_rt.cuda.port import Device
from forensics_rt.cuda.workspace import Reserve
from forensics_rt.errors import EngineFailed, ForensicsError

# A run returns when its kernels are queued, not when they are done.
_NO_WAITING = "disable_synchronize_execution_providers"


class DeviceSessions:
    """Runs sessions on addresses of the device; see `cuda.blend.Infer`.

    Args:
        engine: The module `onnxruntime`.
        device: The GPU.
        session: Gives the session of a member for N×H×W tiles, which computes on `stream`.
        batch: Most tiles of a call, which are then filled up to one of a few numbers, see
            `split.rounded_up`; `None` for any number as it comes.

    Attributes:
        device: The GPU.
        stream: What the sessions compute on.
    """

    def __init__(
        self,
        engine: Any,
        device: Device,
        session: Callable[[int, tuple[int, int, int]], Any],
        batch: int | None = None,
    ) -> None:
        """Make the stream."""
        self._engine = engine
        self._session = session
        self._batch = batch
        self._stream = EngineStream(device)
        self.stream = self._stream.stream
        take = partial(device.allocate, stream=self.stream)
        self._images, self._answers = Reserve(take), Reserve(take)
        self.device = device

    def __call__(
        self, member: int, images: int, probability: int, shape: tuple[int, int, int], stream: int
    ) -> None:
        """Queue one batch.

        Raises:
            EngineFailed: If the session does not open, or fails.
            BackendUnavailable: If it opens on something else than the GPU.
        """
        count, most = shape[0], self._batch
        parts = split(count, count, count) if most is None else split_rounded(count, most)
        with self._stream.after(stream):
            for part, read, write in split_at(images, probability, shape, parts):
                whole = (part.size, *shape[1:])
                if part.padded:
                    self._run_filled_up(member, read, write, part.count, whole)
                else:
                    self._run(member, read, write, whole)

    def _run_filled_up(
        self, member: int, read: int, write: int, count: int, shape: tuple[int, int, int]
    ) -> None:
        pixels, stream = shape[1] * shape[2], self.stream
        images = self._images.at_least(3 * pixels * shape[0]).pointer
        answers = self._answers.at_least(4 * pixels * shape[0]).pointer
        taken = 3 * pixels * count
        self.device.copy(images, read, taken, stream)
        self.device.clear(images + taken, 3 * pixels * shape[0] - taken, stream)
        self._run(member, images, answers, shape)
        self.device.copy(write, answers, 4 * pixels * count, stream)

    def _run(self, member: int, read: int, write: int, shape: tuple[int, int, int]) -> None:
        where = {"device_type": "cuda", "device_id": self.device.ordinal}
        settings = self._engine.RunOptions()
        settings.add_run_config_entry(_NO_WAITING, "1")
        try:
            session = self._session(member, shape)
            binding = session.io_binding()
            binding.bind_input(
                name="image", element_type=np.uint8, shape=(*shape, 3), buffer_ptr=read, **where
            )
            binding.bind_output(
                name="probability", element_type=np.float32, shape=shape, buffer_ptr=write, **where
            )
            session.run_with_iobinding(binding, settings)
        except ForensicsError:
            raise
        except Exception as error:  # engines share no base of their errors
            raise EngineFailed(f"onnxruntime failed on member {member}: {error}") from error

    def close(self) -> None:
        """Wait for what is under way."""
        self._stream.close()


def to_host(
    sessions: DeviceSessions, member: int, images: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """Run a batch that lies on the host: up, through, and down."""
    device = sessions.device
    count, height, width = images.shape[:3]
    size = 4 * count * height * width
    with device.current():
        stream = device.create_stream()
        staged = device.allocate_pinned(images.nbytes)
        fetched = device.allocate_pinned(size)
        staged.array[: images.nbytes] = np.ascontiguousarray(images).reshape(-1)
        pixels = device.allocate(staged.size, stream)
        answers = device.allocate(fetched.size, stream)
        device.copy(pixels.pointer, staged.pointer, images.nbytes, stream)
        sessions(member, pixels.pointer, answers.pointer, (count, height, width), stream.handle)
        device.copy(fetched.pointer, answers.pointer, size, stream)
        stream.synchronize()
        found: npt.NDArray[np.float32] = fetched.array[:size].view(np.float32).copy()
    return found.reshape(count, height, width)
