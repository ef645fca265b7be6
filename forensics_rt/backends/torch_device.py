"""PyTorch on memory of the device: tensors over addresses, in the order of streams."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from forensics_rt.backends.engine_stream import EngineStream
from forensics_rt.backends.split import split_at, split_rounded
from forensics_rt.cuda.dlpack import CUDA, make_capsule
from forensics_rt.cuda.port import Device
from forensics_rt.errors import EngineFailed


class TorchOnDevice:
    """Runs members on addresses of the device; see `cuda.blend.Infer`.

    PyTorch keeps the memory it has computed in for each stream by itself, so it has one stream for
    all callers.

    Args:
        device: The GPU.
        run: From a member and its tiles, N×H×W×3 uint8, to their probabilities, N×H×W, both as
            tensors on the device. It queues on PyTorch's current stream.
        most: How many tiles it takes at once.
    """

    def __init__(self, device: Device, run: Callable[[int, Any], Any], most: int) -> None:
        """Make the stream."""
        self._run = run
        self._most = most
        self._stream = EngineStream(device)

    def __call__(
        self, member: int, images: int, probability: int, shape: tuple[int, int, int], stream: int
    ) -> None:
        """Queue one batch.

        Raises:
            EngineFailed: If PyTorch fails, as when memory is short.
        """
        device = self._stream.device
        with self._stream.after(stream), computing_on(self._stream):
            try:
                parts = split_rounded(shape[0], self._most)
                for part, read, write in split_at(images, probability, shape, parts):
                    these = (part.count, *shape[1:])
                    tiles = tensor_at(device, read, (*these, 3), "uint8")
                    answers = tensor_at(device, write, these, "float32")
                    answers.copy_(self._run(member, tiles))
            except RuntimeError as error:  # of PyTorch's own, which all descend from it
                raise EngineFailed(f"torch failed on member {member}: {error}") from error

    def close(self) -> None:
        """Wait for what is under way."""
        self._stream.close()


def computing_on(engine: EngineStream) -> AbstractContextManager[None]:
    """Make an engine's stream PyTorch's current one inside a `with`."""
    import torch

    stream = torch.cuda.ExternalStream(engine.stream.handle, device=engine.device.ordinal)
    scope: AbstractContextManager[None] = torch.cuda.stream(stream)
    return scope


def tensor_at(device: Device, address: int, shape: tuple[int, ...], dtype: str) -> Any:
    """Return a tensor over memory of the device that somebody else keeps alive."""
    from torch.utils.dlpack import from_dlpack

    return from_dlpack(make_capsule(address, shape, dtype, (CUDA, device.ordinal), None))
