"""ONNX Runtime's sessions on memory of the device: bound by address, in the order of streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.engine_stream import EngineStream
from forensics_rt.cuda.port import Device, Stream
from forensics_rt.errors import EngineFailed

# A run returns when its kernels are queued, not when they are done.
_NO_WAITING = "disable_synchronize_execution_providers"


class DeviceSessions:
    """Runs sessions on addresses of the device; see `cuda.blend.Infer`.

    Args:
        engine: The module `onnxruntime`.
        device: The GPU.
        session: Gives a member's session, which computes on `stream`.

    Attributes:
        device: The GPU.
    """

    def __init__(self, engine: Any, device: Device, session: Callable[[int], Any]) -> None:
        """Make the stream."""
        self._engine = engine
        self._session = session
        self._stream = EngineStream(device)
        self.device = device

    @property
    def stream(self) -> Stream:
        """What the sessions compute on."""
        return self._stream.stream

    def __call__(
        self, member: int, images: int, probability: int, shape: tuple[int, int, int], stream: int
    ) -> None:
        """Queue one batch.

        Raises:
            EngineFailed: If the session fails.
        """
        where = {"device_type": "cuda", "device_id": self.device.ordinal}
        settings = self._engine.RunOptions()
        settings.add_run_config_entry(_NO_WAITING, "1")
        with self._stream.after(stream):
            session = self._session(member)
            binding = session.io_binding()
            binding.bind_input(
                name="image", element_type=np.uint8, shape=(*shape, 3), buffer_ptr=images, **where
            )
            binding.bind_output(
                name="probability",
                element_type=np.float32,
                shape=shape,
                buffer_ptr=probability,
                **where,
            )
            try:
                session.run_with_iobinding(binding, settings)
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
    shape = images.shape[:3]
    count, height, width = shape
    with device.current():
        stream = device.create_stream()
        staged = device.allocate_pinned(images.nbytes)
        fetched = device.allocate_pinned(4 * count * height * width)
        staged.array[: images.nbytes] = np.ascontiguousarray(images).reshape(-1)
        pixels = device.allocate(staged.size, stream)
        answers = device.allocate(fetched.size, stream)
        device.copy(pixels.pointer, staged.pointer, images.nbytes, stream)
        sessions(member, pixels.pointer, answers.pointer, (count, height, width), stream.handle)
        size = 4 * count * height * width
        device.copy(fetched.pointer, answers.pointer, size, stream)
        stream.synchronize()
        found: npt.NDArray[np.float32] = np.empty(shape, np.float32)
        found.reshape(-1)[:] = fetched.array[:size].view(np.float32)
    return found
