"""Where on pages there is something to learn: around what the network finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Pixels = npt.NDArray[np.uint8]
# Squares that are looked at, and the best of them that ranges and figures are measured on.
_LOOKED_AT = 64
_BEST = 8
# Of four crops three are near something found: elsewhere no decision is near the threshold.
_NEAR = 0.75


@dataclass(frozen=True)
class Place:
    """A square of an image, and how many of its pixels are decided otherwise than most."""

    image: int
    top: int
    left: int
    found: int


class CropPlaces:
    """Squares of images.

    Args:
        images: Each H×W×3 RGB uint8.
        side: Of the squares in pixels; smaller images are passed over.

    Raises:
        ValueError: If no image is large enough.
    """

    def __init__(self, images: Sequence[Pixels], side: int) -> None:
        """Take the images that are large enough."""
        self._images = [image for image in images if min(image.shape[:2]) >= side]
        self._side = side
        self._found: list[Place] = []
        if not self._images:
            raise ValueError(
                f"there must be two images or more of at least {side}×{side} pixels, but every "
                "other one is smaller or missing; give more images, or a smaller --crop"
            )

    def look(self, answer: Callable[[Tensor], Tensor], threshold: float) -> None:
        """Look for squares in which decisions can flip.

        Args:
            answer: Gives the probabilities of 1×3×S×S pixels.
            threshold: Probability from which a pixel counts as forged.

        Raises:
            ValueError: If nothing is found on any image.
        """
        every = [
            (number, top, left)
            for number, image in enumerate(self._images)
            for top in range(0, image.shape[0] - self._side + 1, self._side)
            for left in range(0, image.shape[1] - self._side + 1, self._side)
        ]
        step = max(1, -(-len(every) // _LOOKED_AT))
        for place in every[::step]:
            forged = answer(self._crop(*place)) >= threshold
            if found := int(min(forged.sum(), (~forged).sum())):
                self._found.append(Place(*place, found))
        if not self._found:
            raise ValueError(
                f"the network finds nothing on {len(self._images)} images, so there is no decision "
                "to keep; give pages with forgeries that it finds"
            )
        self._found.sort(key=lambda place: -place.found)

    def best(self) -> list[Tensor]:
        """Return some of the squares with most to decide, each 1×3×S×S, 0 to 255."""
        return [self._crop(one.image, one.top, one.left) for one in self._found[:_BEST]]

    def draw(self, random: np.random.Generator, count: int) -> Tensor:
        """Return crops by chance, most of them near something found: N×3×S×S, 0 to 255."""
        return torch.cat([self._crop(*self._drawn(random)) for _ in range(count)])

    def _drawn(self, random: np.random.Generator) -> tuple[int, int, int]:
        number = int(random.integers(len(self._images)))
        near = None
        if random.random() < _NEAR:
            near = self._found[int(random.integers(len(self._found)))]
            number = near.image
        room = [side - self._side for side in self._images[number].shape[:2]]
        if near is None:
            top, left = (int(random.integers(0, most + 1)) for most in room)
            return number, top, left
        half = self._side // 2
        moved = random.integers(-half, half + 1, 2) + np.array((near.top, near.left))
        top, left = np.clip(moved, 0, room).tolist()
        return number, top, left

    def _crop(self, number: int, top: int, left: int) -> Tensor:
        part = self._images[number][top : top + self._side, left : left + self._side]
        pixels = torch.from_numpy(np.ascontiguousarray(part.transpose(2, 0, 1))).float()
        return pixels[None].contiguous(memory_format=torch.channels_last)
