"""The tiling and merging of the Tianchi FFT2 rank-3 system, to the bit.

The system cut tiles without overlap, kept each answer as an 8-bit picture, let later tiles
overwrite earlier ones, and took the mean of the pictures of all networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from forensics_rt.errors import RecipeError
from forensics_rt.plan.bands import Band
from forensics_rt.plan.maps import HostMaps, Maps
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.plan.tta import undo
from forensics_rt.recipe import TtaName

# Its numbering of test-time augmentations. 6, 7 and 8 were meant as flip and rotation together; the
# code as released repeats 2, 3 and 4.
TEST_TIME_AUGMENTATION: dict[int, TtaName] = {
    1: "identity",
    2: "rotate270",
    3: "rotate90",
    4: "rotate180",
    5: "flip_up_down",
    6: "rotate270",
    7: "rotate90",
    8: "rotate180",
}


def plan_original_tiles(height: int, width: int, tile_sizes: Iterable[int]) -> Plan:
    """Cut as the original did: the largest tile that fits, end to end, and once more from the end.

    Along a side of length L the starts are 0, s, 2s, … (L // s of them), then L − s, even where
    that repeats a tile.

    Raises:
        RecipeError: If a side is shorter than the smallest tile: the original had no answer there.

    Example:
        >>> plan = plan_original_tiles(500, 700, (384, 512, 768, 1024))
        >>> [(tile.top, tile.left) for tile in plan.tiles]
        [(0, 0), (0, 316), (116, 0), (116, 316)]
    """
    sizes = list(tile_sizes)
    fitting = [size for size in sizes if size <= min(height, width)]
    if not fitting:
        raise RecipeError(
            f"recipe 'tianchi-fft2' needs both sides of at least {min(sizes)} pixels, got "
            f"{width}×{height}; the other recipes take images of any size"
        )
    size = max(fitting)
    tiles = tuple(
        Tile(top, left, size, size)
        for top in _original_starts(height, size)
        for left in _original_starts(width, size)
    )
    return Plan(height, width, size, tiles)


def _original_starts(length: int, size: int) -> list[int]:
    return [step * size for step in range(length // size)] + [length - size]


class OverwriteMerger:
    """Mean over members and symmetries of 8-bit maps in which later tiles overwrite earlier ones.

    A pixel is forged where the mean is at least 127.5; as a probability, at least 0.5.

    Args:
        plan: The tiles, in the order in which they overwrite.
        members: How many members vote.
        tta: The symmetries each tile is seen under; one named twice counts twice.
    """

    def __init__(self, plan: Plan, members: int, tta: tuple[TtaName, ...]) -> None:
        self._plan = plan
        self._members = members
        self._copies = {name: tta.count(name) for name in tta}

    def open(self, band: Band) -> None:
        """Begin the next band; the rows of the one before have been taken."""
        self._finishes = band.finishes
        shape = (band.finishes.count, self._plan.width)
        self._maps = {
            (member, name): np.zeros(shape, np.uint8)
            for member in range(self._members)
            for name in self._copies
        }

    def add(self, member: int, view: View, probability: npt.NDArray[np.float32]) -> None:
        """Write one answer, rounded to 8 bits and turned back, over what is there."""
        tile, finishes = view.tile, self._finishes
        rounded = np.rint(probability * np.float32(255)).astype(np.uint8)
        # What lies below the band is overwritten by the next one: later tiles win.
        top, bottom = tile.top - finishes.top, min(tile.top + tile.height, finishes.bottom)
        self._maps[member, view.symmetry][
            top : bottom - finishes.top, tile.left : tile.left + tile.width
        ] = undo(view.symmetry, rounded)[: bottom - tile.top]

    def settle(self, tile: Tile, probability: npt.NDArray[np.float32]) -> None:
        """Refuse: a cascade blends.

        Raises:
            RecipeError: In any case.
        """
        raise RecipeError(
            "merge 'tianchi-fft2' settles no tiles; choose merge 'blend' for a cascade"
        )

    def rows(self, most: int) -> Iterator[HostMaps]:
        """Yield the rows that the band finishes, from top to bottom, at most so many at a time."""
        for top in range(0, self._finishes.count, most):
            yield self._mean(slice(top, top + most))

    def _mean(self, rows: slice) -> HostMaps:
        """Take the mean of the 8-bit maps and their standard deviation, both over 255."""
        weights = [self._copies[symmetry] for _, symmetry in self._maps]
        stack = np.stack([pixels[rows] for pixels in self._maps.values()]).astype(np.float64)
        mean = np.average(stack, axis=0, weights=weights)
        spread = np.sqrt(np.average((stack - mean) ** 2, axis=0, weights=weights))
        several = sum(weights) > 1
        return Maps(
            (mean / 255).astype(np.float32),
            (spread / 255).astype(np.float32) if several else None,
        )
