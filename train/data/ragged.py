"""Arrays of several sizes in one piece of memory, so that they reach a GPU in one transfer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True)
class Ragged:
    """Arrays of one type, one after the other.

    Attributes:
        flat: All their values.
        shapes: Their shapes.

    Example:
        >>> packed = pack([np.zeros((2, 3), np.uint8), np.ones(4, np.uint8)])
        >>> [tuple(array.shape) for array in packed]
        [(2, 3), (4,)]
    """

    flat: Tensor
    shapes: tuple[tuple[int, ...], ...]

    def __iter__(self) -> Iterator[Tensor]:
        """Run through the arrays, without copying them."""
        sizes = [math.prod(shape) for shape in self.shapes]
        return (
            part.view(shape)
            for part, shape in zip(self.flat.split(sizes), self.shapes, strict=True)
        )

    def pinned(self) -> Ragged:
        """Return the arrays in memory that a GPU can fetch by itself."""
        return Ragged(self.flat.pin_memory(), self.shapes)

    def on(self, device: torch.device) -> Ragged:
        """Return the arrays on a device; from pinned memory, without waiting for them."""
        return Ragged(self.flat.to(device, non_blocking=True), self.shapes)


def pack(arrays: Sequence[npt.NDArray[np.generic]]) -> Ragged:
    """Put arrays of one type one after the other; at least one."""
    flat = np.concatenate([array.reshape(-1) for array in arrays])
    return Ragged(torch.from_numpy(flat), tuple(array.shape for array in arrays))


def sent(values: Tensor, device: torch.device) -> Tensor:
    """Return a small tensor of the processor's on a device, without waiting for the device.

    Made there from a list it would be copied from memory that may be paged out, for which the
    processor waits until all that was queued before is done.
    """
    return values.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else values
