"""Memory that is taken once and kept from image to image."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from forensics_rt.cuda.port import Device, Memory, Stream

Piece = TypeVar("Piece", bound=Memory)


class Reserve(Generic[Piece]):
    """Memory that grows to what was needed most, and never shrinks.

    Args:
        take: Takes so many bytes, such as `Device.allocate_pinned`.
    """

    def __init__(self, take: Callable[[int], Piece]) -> None:
        """Take nothing yet."""
        self._take = take
        self._memory: Piece | None = None

    def at_least(self, size: int) -> Piece:
        """Return `size` bytes or more; growing loses what they held.

        No copy from or to page-locked memory of the host may be under way.
        """
        if self._memory is None or self._memory.size < size:
            self._memory = None  # given back first, so that a pool can reuse it
            self._memory = self._take(size)
        return self._memory


class Lane:
    """What one image on its way needs for itself, while another image has the other lane.

    Args:
        device: Where.
        copying: The stream that uploads and downloads.
        computing: The stream that computes.

    Attributes:
        upload_host: Views and image on the host.
        upload: The same on the device.
        result: What is handed out, on the device.
        result_host: The same on the host.
        busy: Whether an image is in the lane.
    """

    def __init__(self, device: Device, copying: Stream, computing: Stream) -> None:
        """Take nothing yet."""
        self.upload_host = Reserve(device.allocate_pinned)
        self.upload = Reserve(partial(device.allocate, stream=copying))
        self.result = Reserve(partial(device.allocate, stream=computing))
        self.result_host = Reserve(device.allocate_pinned)
        self.busy = False


class Workspace:
    """What the images share, because they are computed one after the other.

    Args:
        device: Where.
        stream: The stream that computes.

    Attributes:
        batch: Tiles as an engine reads them.
        answers: Its answers.
        sums: Σwp.
        sums_of_squares: Σwp².
        covered: Σw over the tiles.
        block_rows: Sums over the rows of blocks.
        regions: Labels of regions.
    """

    def __init__(self, device: Device, stream: Stream) -> None:
        """Take nothing yet."""
        self._device = device
        self._stream = stream
        self._constants: dict[object, Memory] = {}
        take = partial(device.allocate, stream=stream)
        self.batch = Reserve(take)
        self.answers = Reserve(take)
        self.sums = Reserve(take)
        self.sums_of_squares = Reserve(take)
        self.covered = Reserve(take)
        self.block_rows = Reserve(take)
        self.regions = Reserve(take)

    def constant(self, key: object, values: npt.NDArray[np.float32]) -> int:
        """Return the address of an array that never changes; it is uploaded the first time.

        Args:
            key: What it is.
            values: What it holds.
        """
        if key not in self._constants:
            staged = self._device.allocate_pinned(values.nbytes)
            staged.array[: values.nbytes] = values.view(np.uint8).ravel()
            memory = self._device.allocate(values.nbytes, self._stream)
            self._device.copy(memory.pointer, staged.pointer, values.nbytes, self._stream)
            self._stream.synchronize()  # the staged copy is dropped on return
            self._constants[key] = memory
        return self._constants[key].pointer
