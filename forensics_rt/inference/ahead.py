"""How far a stream runs ahead of its consumer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forensics_rt.errors import RecipeError
from forensics_rt.inference.job import Task
from forensics_rt.inference.ordered import Bounds
from forensics_rt.system.arguments import whole_number
from forensics_rt.system.cpu import usable_cores

# Two pages at 600 dpi (35 Mpx each) are under way together; of two images of 100 Mpx the second
# waits until the first is done.
DEFAULT_PIXELS = 80_000_000
MOST_THREADS = 8
# Beside those being decoded: two computed, one decoded that waits, one computed that waits.
_BESIDE_DECODING = 4


def default_threads() -> int:
    """Return how many threads decode, or encode, by default: half of the usable CPUs, 1 to 8."""
    return min(MOST_THREADS, max(1, usable_cores() // 2))


@dataclass(frozen=True)
class Ahead:
    """How far a stream runs ahead of its consumer.

    Attributes:
        decoders: Threads that decode.
        images: Most images under way.
        pixels: Most pixels of the images under way; an image with more goes alone.

    Raises:
        RecipeError: If a number is none, or below 1.
    """

    decoders: int
    images: int
    pixels: int

    @classmethod
    def resolve(
        cls,
        decoders: int | None = None,
        images: int | None = None,
        pixels: int = DEFAULT_PIXELS,
    ) -> Ahead:
        """Fill in what is `None`: half of the CPUs, and four images more than decoders."""
        decoders = default_threads() if decoders is None else decoders
        decoders = whole_number("decoders", decoders, RecipeError)
        images = decoders + _BESIDE_DECODING if images is None else images
        return cls(decoders, images, pixels)

    def __post_init__(self) -> None:
        whole_number("decoders", self.decoders, RecipeError)
        whole_number("images_ahead", self.images, RecipeError)
        whole_number("pixels_ahead", self.pixels, RecipeError)

    @property
    def bounds(self) -> Bounds:
        """The same for `in_order`, where a task weighs its pixels."""
        return Bounds(self.images, self.pixels)

    def weigh(self, task: Task[Any]) -> int:
        """Return the pixels of a task; where nothing tells, as many as may be under way at all."""
        pixels = task.weight()
        return self.pixels if pixels is None else pixels
