"""Rows of tiles as bands: which rows of the image each must see, and which rows it finishes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from forensics_rt.plan.gather import reflect
from forensics_rt.plan.tiling import Plan, Tile


@dataclass(frozen=True)
class Rows:
    """Rows of an image from `top` on, `bottom` excluded."""

    top: int
    bottom: int

    @property
    def count(self) -> int:
        """How many there are."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Band:
    """Tiles that are computed together: one row of them, or all of an image.

    Attributes:
        tiles: In the order of the plan.
        needs: Rows of the image that its tiles see, those that reflection brings in among them.
        finishes: Rows of the map that no later tile touches, and that no earlier band finished.
    """

    tiles: tuple[Tile, ...]
    needs: Rows
    finishes: Rows


def whole_band(plan: Plan) -> Band:
    """Return a whole image as one band."""
    rows = Rows(0, plan.height)
    return Band(plan.tiles, rows, rows)


def plan_bands(plan: Plan) -> tuple[Band, ...]:
    """Group the tiles of an image by rows, from top to bottom.

    The bands finish every row of the map once, in order; what each needs begins no higher than what
    the one before it needs, so that an image can be read from top to bottom and forgotten.

    Args:
        plan: The tiles, row by row.

    Raises:
        ValueError: If the tiles are not ordered from top to bottom.

    Example:
        >>> from forensics_rt.plan.tiling import plan_tiles
        >>> for band in plan_bands(plan_tiles(150, 64, (64,), overlap=8)):
        ...     print(band.needs, band.finishes)
        Rows(top=0, bottom=64) Rows(top=0, bottom=40)
        Rows(top=40, bottom=104) Rows(top=40, bottom=88)
        Rows(top=88, bottom=150) Rows(top=88, bottom=150)
    """
    groups = [(top, tuple(tiles)) for top, tiles in groupby(plan.tiles, lambda tile: tile.top)]
    tops = [top for top, _ in groups]
    if tops != sorted(set(tops)):
        raise ValueError(f"tiles must be ordered from top to bottom, but begin at rows {tops}")
    ends = [*tops[1:], plan.height]
    bands = []
    for (top, tiles), end in zip(groups, ends, strict=True):
        seen = reflect(top, tiles[0].height, plan.height)
        needs = Rows(int(seen.min()), int(seen.max()) + 1)
        bands.append(Band(tiles, needs, Rows(top, end)))
    return tuple(bands)
