"""Fitting a batch of any size to an engine that takes some sizes only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One call of an engine.

    Attributes:
        first: Index of its first image in the batch.
        count: How many images of the batch it takes.
        size: Batch size it runs at, `count` or more; what comes on top is padding.
    """

    first: int
    count: int
    size: int

    @property
    def padded(self) -> bool:
        """Whether the engine computes more than was asked for."""
        return self.size > self.count


def split_at(
    images: int, probability: int, shape: tuple[int, int, int], least: int, most: int
) -> Iterator[tuple[Part, int, int]]:
    """Yield the calls that take a batch on a device, each with where its part of it lies.

    Args:
        images: Address of N×H×W×3 uint8.
        probability: Address of N×H×W float32.
        shape: (N, H, W).
        least: Smallest batch size of the engine.
        most: Largest.

    Example:
        >>> [(image, answer) for _, image, answer in split_at(0, 0, (2, 1, 1), 1, 1)]
        [(0, 0), (3, 4)]
    """
    count, height, width = shape
    for part in split(count, least, most):
        before = part.first * height * width
        yield part, images + 3 * before, probability + 4 * before


def split(count: int, least: int, most: int) -> Iterator[Part]:
    """Yield the fewest calls that take every image once, in order, of sizes as even as can be.

    Args:
        count: Images in the batch.
        least: Smallest batch size of the engine's profile.
        most: Largest.

    Example:
        >>> [part.size for part in split(9, 1, 4)]
        [3, 3, 3]
        >>> list(split(1, 2, 4))
        [Part(first=0, count=1, size=2)]
    """
    calls = -(-count // most)
    first = 0
    for call in range(calls):
        end = count * (call + 1) // calls
        yield Part(first, end - first, max(end - first, least))
        first = end
