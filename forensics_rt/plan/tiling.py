"""Where the tiles of an image lie: evenly spread, few pixels twice, in step with JPEG blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forensics_rt.errors import RecipeError

JPEG_BLOCK = 8
# An image may take more than so many times its pixels only while they are not too many in all.
_MOST_TIMES = 64
_MOST_WASTED = 200_000_000


@dataclass(frozen=True)
class Tile:
    """A square cut of the image; it may reach beyond the right and lower edge.

    Attributes:
        top: First row, 0 or more.
        left: First column, 0 or more.
        size: Side in pixels.
    """

    top: int
    left: int
    size: int


@dataclass(frozen=True)
class Plan:
    """The tiles of one image: numbers only.

    Attributes:
        height: Height of the image in pixels.
        width: Width of the image in pixels.
        tile_size: Side of every tile in pixels.
        tiles: Row by row, left to right.
    """

    height: int
    width: int
    tile_size: int
    tiles: tuple[Tile, ...]

    @property
    def computed_ratio(self) -> float:
        """Pixels sent through a network per pixel of the image, for one member and symmetry."""
        return len(self.tiles) * self.tile_size**2 / (self.height * self.width)


def inside_image(plan: Plan, tile: Tile) -> tuple[slice, slice]:
    """Return the rows and columns of a tile that lie in the image.

    Example:
        >>> inside_image(Plan(100, 90, 64, ()), Tile(40, 40, 64))
        (slice(None, 60, None), slice(None, 50, None))
    """
    return slice(plan.height - tile.top), slice(plan.width - tile.left)


def plan_tiles(height: int, width: int, tile_sizes: Iterable[int], overlap: int) -> Plan:
    """Choose the tile size that computes the fewest pixels and spread its tiles evenly.

    Every start is a multiple of 8, so that a JPEG block has the same phase in every tile. Where the
    last tile would not end at the edge it reaches up to 7 pixels beyond, and an image smaller than
    a tile lies in its upper left corner: the rest is reflected in (see `gather`). Of two sizes that
    cost the same the larger wins, because it sees more.

    Args:
        height: Height of the image in pixels, 1 or more.
        width: Width of the image in pixels, 1 or more.
        tile_sizes: Sides to choose from, multiples of 8 in pixels.
        overlap: Least number of pixels that two neighbors share.

    Raises:
        ValueError: If a number is out of its range.
        RecipeError: If the image is so long and thin that hardly one of very many pixels computed
            would be its own.

    Example:
        >>> plan = plan_tiles(1100, 1100, (384, 512, 768, 1024), overlap=24)
        >>> plan.tile_size, len(plan.tiles), round(plan.computed_ratio, 2)
        (384, 9, 1.1)
    """
    if height < 1 or width < 1:
        raise ValueError(f"an image must have pixels, got height {height} and width {width}")
    sizes = sorted(set(tile_sizes), reverse=True)
    if not sizes or any(size % JPEG_BLOCK or size <= 0 for size in sizes):
        raise ValueError(f"tile sizes must be multiples of {JPEG_BLOCK}, got {sizes}")

    def cost(size: int) -> int:
        rows, columns = (len(spread(side, size, overlap)) for side in (height, width))
        return rows * columns * size * size

    size = min(sizes, key=cost)
    _refuse_waste(height, width, cost(size))
    tiles = tuple(
        Tile(top, left, size)
        for top in spread(height, size, overlap)
        for left in spread(width, size, overlap)
    )
    return Plan(height, width, size, tiles)


def _refuse_waste(height: int, width: int, computed: int) -> None:
    times = computed / (height * width)
    if computed > _MOST_WASTED and times > _MOST_TIMES:
        raise RecipeError(
            f"an image of {width}×{height} would be computed {times:.0f} times over "
            f"({computed / 1e6:.0f} Mpx; such thin ones may take {_MOST_WASTED / 1e6:.0f}); "
            "cut it into shorter parts"
        )


def spread(length: int, size: int, overlap: int) -> tuple[int, ...]:
    """Spread the fewest tiles along one side, starts on multiples of 8, gaps as even as can be.

    The idea of evenly spaced steps is that of nnU-Net's sliding window (Isensee et al., 2021).

    Args:
        length: The side of the image in pixels.
        size: The side of a tile, a multiple of 8.
        overlap: Least number of pixels that neighbors share, smaller than `size` by 8 or more.

    Returns:
        The starts, the first 0, the last at least `length - size`.

    Raises:
        ValueError: If the overlap leaves no room to move on.

    Example:
        >>> spread(1100, 384, 24)
        (0, 360, 720)
    """
    stride = (size - overlap) // JPEG_BLOCK
    if overlap < 0 or stride < 1:
        raise ValueError(
            f"overlap must be from 0 to {size - JPEG_BLOCK} for tiles of {size}, got {overlap}"
        )
    blocks = max(0, -(-(length - size) // JPEG_BLOCK))
    steps = -(-blocks // stride)
    return (
        tuple(step * blocks // steps * JPEG_BLOCK for step in range(steps + 1)) if steps else (0,)
    )
