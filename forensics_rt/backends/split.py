"""Fitting a batch of any size to an engine that takes some sizes only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    images: int, probability: int, shape: tuple[int, int, int], parts: Iterable[Part]
) -> Iterator[tuple[Part, int, int]]:
    """Yield the calls that take a batch on a device, each with where its part of it lies.

    Args:
        images: Address of N×H×W×3 uint8.
        probability: Address of N×H×W float32.
        shape: (N, H, W).
        parts: The calls, as of `split` or `split_rounded`.

    Example:
        >>> [(image, answer) for _, image, answer in split_at(0, 0, (2, 1, 1), split(2, 1, 1))]
        [(0, 0), (3, 4)]
    """
    _, height, width = shape
    for part in parts:
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


def rounded_up(count: int, most: int) -> int:
    """Return the next of the sizes 1, 2, 4, 8, … and `most`, which `count` must not exceed.

    For engines to which every new shape is costly: a few sizes serve, and less than twice as many
    images are computed as were asked for.
    """
    return min(1 << (count - 1).bit_length(), most)


def split_rounded(count: int, most: int) -> Iterator[Part]:
    """Yield the fewest calls that take every image once, in order, at the sizes of `rounded_up`.

    Whole batches come first: to even the calls out would fill up each of them.

    Args:
        count: Images in the batch.
        most: Largest batch size.

    Example:
        >>> [part.size for part in split_rounded(11, 8)]
        [8, 4]
    """
    for first in range(0, count, most):
        taken = min(most, count - first)
        yield Part(first, taken, rounded_up(taken, most))
