"""Memory that is taken once and kept from image to image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.cuda.port import Device, Memory, PinnedMemory, Stream


class Reserve:
    """Memory of the device that grows to what was needed most, and never shrinks.

    Args:
        device: Whose memory.
        stream: In whose order it is taken and given back.
    """

    def __init__(self, device: Device, stream: Stream) -> None:
        """Take nothing yet."""
        self._device = device
        self._stream = stream
        self._memory: Memory | None = None

    def at_least(self, size: int) -> int:
        """Return the address of `size` bytes or more; growing loses what they held."""
        if self._memory is None or self._memory.size < size:
            self._memory = None  # given back first, so that the pool can reuse it
            self._memory = self._device.allocate(size, self._stream)
        return self._memory.pointer


class PinnedReserve:
    """Page-locked memory of the host that grows and never shrinks.

    Args:
        device: Whose copies it serves.
    """

    def __init__(self, device: Device) -> None:
        """Take nothing yet."""
        self._device = device
        self._memory: PinnedMemory | None = None

    def at_least(self, size: int) -> PinnedMemory:
        """Return memory of `size` bytes or more; no copy from or to it may be under way."""
        if self._memory is None or self._memory.size < size:
            self._memory = None
            self._memory = self._device.allocate_pinned(size)
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
        self.upload_host = PinnedReserve(device)
        self.upload = Reserve(device, copying)
        self.result = Reserve(device, computing)
        self.result_host = PinnedReserve(device)
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
        self.batch = Reserve(device, stream)
        self.answers = Reserve(device, stream)
        self.sums = Reserve(device, stream)
        self.sums_of_squares = Reserve(device, stream)
        self.covered = Reserve(device, stream)
        self.block_rows = Reserve(device, stream)
        self.regions = Reserve(device, stream)

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
