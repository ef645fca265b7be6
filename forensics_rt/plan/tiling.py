"""Where the tiles of an image lie: evenly spread, few pixels twice, in step with JPEG blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, combinations, product

from forensics_rt.errors import RecipeError

JPEG_BLOCK = 8
# An image may take more than so many times its pixels only while they are not too many in all.
_MOST_TIMES = 64
_MOST_WASTED = 200_000_000
# Pixels. To compile a graph takes as long as to run it on up to a million, but once.
_SAVED_BY_A_SHAPE = 200_000


@dataclass(frozen=True)
class Tile:
    """A rectangular cut of the image; it may reach beyond the right and lower edge.

    Attributes:
        top: First row, 0 or more.
        left: First column, 0 or more.
        height: Rows.
        width: Columns.
    """

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class Plan:
    """The tiles of one image: numbers only.

    Attributes:
        height: Height of the image in pixels.
        width: Width of the image in pixels.
        tile_size: Longest side of a tile in pixels; the side of each where they are squares.
        tiles: Row by row, left to right; those of a row are of one height.
    """

    height: int
    width: int
    tile_size: int
    tiles: tuple[Tile, ...]

    @property
    def computed_ratio(self) -> float:
        """Pixels sent through a network per pixel of the image, for one member and symmetry."""
        return sum(tile.height * tile.width for tile in self.tiles) / (self.height * self.width)

    @cached_property
    def tile_shapes(self) -> tuple[tuple[int, int], ...]:
        """Height and width of the tiles, each pair once, the smallest first."""
        return tuple(sorted({(tile.height, tile.width) for tile in self.tiles}))

    @cached_property
    def side(self) -> int:
        """Side of the tiles, for what takes squares alone.

        Raises:
            ValueError: If there are others.
        """
        if any(shape != (self.tile_size, self.tile_size) for shape in self.tile_shapes):
            raise ValueError(
                f"must be square tiles of {self.tile_size}, but the plan has tiles of "
                f"{', '.join(f'{height}×{width}' for height, width in self.tile_shapes)}"
            )
        return self.tile_size


def inside_image(plan: Plan, tile: Tile) -> tuple[slice, slice]:
    """Return the rows and columns of a tile that lie in the image.

    Example:
        >>> inside_image(Plan(100, 90, 64, ()), Tile(40, 40, 64, 64))
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
    return _grid(height, width, *([size] * len(spread(s, size, overlap)) for s in (height, width)))


def plan_rectangles(height: int, width: int, sides: Iterable[int], overlap: int) -> Plan:
    """Cover an image with tiles whose heights and widths are of a few sides, with the least waste.

    The rows of tiles have heights among the sides, and the columns widths, so that the fewest
    pixels are computed; of two ways that cost the same, the one with fewer tiles wins. A shape more
    must save some pixels: some engines compile a graph for each. The smallest side is taken only
    where one tile of it is enough. Starts, edges and overlap are as in `plan_tiles`.

    Args:
        height: Height of the image in pixels, 1 or more.
        width: Width of the image in pixels, 1 or more.
        sides: To choose from, multiples of 8 in pixels.
        overlap: Least number of pixels that two neighbors share.

    Raises:
        ValueError: If a number is out of its range.
        RecipeError: As `plan_tiles`.

    Example:
        >>> plan = plan_rectangles(1500, 1000, (384, 512, 640, 832), overlap=24)
        >>> plan.tile_shapes, len(plan.tiles), round(plan.computed_ratio, 2)
        (((832, 512),), 4, 1.14)
    """
    if height < 1 or width < 1:
        raise ValueError(f"an image must have pixels, got height {height} and width {width}")
    smallest, *larger = sorted(set(sides))
    mixtures = [way for most in (1, 2, 3) for way in combinations(larger or [smallest], most)]

    def covers(length: int) -> set[tuple[int, ...]]:
        some = [(smallest,)] if length <= smallest else mixtures
        return {cover(length, sides, overlap) for sides in some}

    ways = product(covers(height), covers(width))

    def cost(way: tuple[tuple[int, ...], tuple[int, ...]]) -> tuple[int, int, object]:
        rows, columns = way
        shapes = len(set(rows)) * len(set(columns))
        pixels = sum(rows) * sum(columns)
        return pixels + shapes * _SAVED_BY_A_SHAPE, len(rows) * len(columns), way

    rows, columns = min(ways, key=cost)
    _refuse_waste(height, width, sum(rows) * sum(columns))
    return _grid(height, width, rows, columns)


def _grid(height: int, width: int, rows: Sequence[int], columns: Sequence[int]) -> Plan:
    tiles = tuple(
        Tile(top, left, tile_height, tile_width)
        for top, tile_height in zip(place(height, rows), rows, strict=True)
        for left, tile_width in zip(place(width, columns), columns, strict=True)
    )
    return Plan(height, width, max(*rows, *columns), tiles)


def _refuse_waste(height: int, width: int, computed: int) -> None:
    times = computed / (height * width)
    if computed > _MOST_WASTED and times > _MOST_TIMES:
        raise RecipeError(
            f"an image of {width}×{height} would be computed {times:.0f} times over "
            f"({computed / 1e6:.0f} Mpx; such thin ones may take {_MOST_WASTED / 1e6:.0f}); "
            "cut it into shorter parts"
        )


def spread(length: int, size: int, overlap: int) -> tuple[int, ...]:
    """Spread the fewest tiles of one size along a side, see `place`.

    Args:
        length: The side of the image in pixels.
        size: The side of a tile, a multiple of 8.
        overlap: Least number of pixels that neighbors share, smaller than `size` by 8 or more.

    Returns:
        The starts.

    Raises:
        ValueError: If the overlap leaves no room to move on.

    Example:
        >>> spread(1100, 384, 24)
        (0, 360, 720)
    """
    return place(length, cover(length, (size,), overlap))


def cover(length: int, sides: Iterable[int], overlap: int) -> tuple[int, ...]:
    """Choose tiles along one side of an image that are shortest in sum, and then fewest.

    Args:
        length: The side of the image in pixels, 1 or more.
        sides: Sides of tiles to choose from, multiples of 8; each may be taken several times.
        overlap: Least number of pixels that neighbors share, smaller than each by 8 or more.

    Returns:
        Their sides, the longest first.

    Raises:
        ValueError: If the overlap leaves no room to move on.

    Example:
        >>> cover(1500, (384, 480, 640), 24)
        (640, 480, 480)
    """
    choices = sorted(set(sides), reverse=True)
    shared = -(-overlap // JPEG_BLOCK)
    if overlap < 0 or choices[-1] // JPEG_BLOCK <= shared:
        raise ValueError(
            f"overlap must be from 0 to {choices[-1] - JPEG_BLOCK} for tiles of {choices[-1]}, "
            f"got {overlap}"
        )
    # Each tile brings its side less what it shares; the first one shares with nobody.
    blocks = max(1, -(-length // JPEG_BLOCK) - shared)
    # Of so many tiles that are not the longest, some could be replaced by fewer of the longest.
    longest = choices[0] // JPEG_BLOCK - shared
    sure = max(0, blocks // longest - longest)
    blocks -= sure * longest
    best: list[tuple[int, int, int]] = [(0, 0, 0)]  # sum of sides, tiles, side of the last one
    for covered in range(1, blocks + 1):
        ways = []
        for side in choices:
            total, tiles, _ = best[max(0, covered - (side // JPEG_BLOCK - shared))]
            ways.append((total + side, tiles + 1, side))
        best.append(min(ways))
    taken = [choices[0]] * sure
    while blocks > 0:
        taken.append(best[blocks][2])
        blocks -= taken[-1] // JPEG_BLOCK - shared
    return tuple(sorted(taken, reverse=True))


def place(length: int, sides: Sequence[int]) -> tuple[int, ...]:
    """Place tiles along one side of an image: starts on multiples of 8, overlaps as even as can be.

    The idea of evenly spaced steps is that of nnU-Net's sliding window (Isensee et al., 2021).

    Args:
        length: The side of the image in pixels.
        sides: Those of the tiles, in order, as of `cover`.

    Returns:
        The starts: the first 0, the last such that its tile ends at the edge or up to 7 pixels
        beyond it, or further where one tile is longer than the image.

    Example:
        >>> place(1500, (640, 480, 480))
        (0, 592, 1024)
    """
    last = max(0, -(-(length - sides[-1]) // JPEG_BLOCK))
    shared, joints = sum(sides[:-1]) // JPEG_BLOCK - last, len(sides) - 1
    ends = accumulate(sides[:-1], initial=0)
    return tuple(
        end - -(-joint * shared // joints) * JPEG_BLOCK if joint else 0
        for joint, end in enumerate(ends)
    )
