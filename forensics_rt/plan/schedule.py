"""The order of work: tiles × symmetries × members, packed into batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.plan.tta import SWAPS_SIDES
from forensics_rt.recipe import TtaName


@dataclass(frozen=True)
class View:
    """One tile as a network sees it.

    Attributes:
        tile: The cut.
        symmetry: How it is turned.
    """

    tile: Tile
    symmetry: TtaName

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width that the network sees: those of the tile, or the other way round."""
        height, width = self.tile.height, self.tile.width
        return (width, height) if self.symmetry in SWAPS_SIDES else (height, width)


@dataclass(frozen=True)
class Batch:
    """What one engine call computes.

    Attributes:
        member: Index of the member whose graph runs.
        views: The tiles it sees, in the order of the batch, all of one shape.
    """

    member: int
    views: tuple[View, ...]


def schedule(
    plan: Plan, tta: tuple[TtaName, ...], members: Iterable[int], batch_size: int
) -> Iterator[Batch]:
    """Yield the batches of one image: member by member, symmetry by symmetry, tile by tile.

    Batches are filled across symmetries, never across members, and end where the shape changes.

    Args:
        plan: The tiles.
        tta: Elements of D4.
        members: Indices of those that see the views.
        batch_size: Most views in one engine call.

    Example:
        >>> from forensics_rt.plan.tiling import plan_tiles
        >>> plan = plan_tiles(64, 96, (64,), overlap=8)
        >>> [len(b.views) for b in schedule(plan, ("identity", "transpose"), [0], batch_size=3)]
        [3, 1]
    """
    views = tuple(View(tile, symmetry) for symmetry in tta for tile in plan.tiles)
    runs = [tuple(run) for _, run in groupby(views, lambda view: view.shape)]
    for member in members:
        for run in runs:
            for first in range(0, len(run), batch_size):
                yield Batch(member, run[first : first + batch_size])
