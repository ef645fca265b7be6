"""Views as plain numbers, for code that is not Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.plan.tta import INVERSE
from forensics_rt.recipe import TtaName

TRANSPOSE, FLIP_ROWS, FLIP_COLUMNS = 1, 2, 4

# On a square, every element of D4 reads pixel (row, column) of its result at a place that is (row,
# column), or (column, row) if transposed, with each coordinate c then left as it is or flipped to
# size - 1 - c.
TURN: Mapping[TtaName, int] = {
    "identity": 0,
    "transpose": TRANSPOSE,
    "flip_up_down": FLIP_ROWS,
    "flip_left_right": FLIP_COLUMNS,
    "rotate180": FLIP_ROWS | FLIP_COLUMNS,
    "rotate270": TRANSPOSE | FLIP_ROWS,
    "rotate90": TRANSPOSE | FLIP_COLUMNS,
    "transverse": TRANSPOSE | FLIP_ROWS | FLIP_COLUMNS,
}


def view_table(views: Iterable[View]) -> npt.NDArray[np.int32]:
    """Return a row for each view: top, left, code of the symmetry, code of its inverse.

    Example:
        >>> view_table([View(Tile(0, 8, 64, 64), "rotate90")]).tolist()
        [[0, 8, 5, 3]]
    """
    rows = [
        (view.tile.top, view.tile.left, TURN[view.symmetry], TURN[INVERSE[view.symmetry]])
        for view in views
    ]
    return np.array(rows, np.int32).reshape(-1, 4)


@dataclass(frozen=True)
class Box:
    """A rectangle of the image: rows from `top` and columns from `left`, ends excluded."""

    top: int
    left: int
    bottom: int
    right: int


def tile_box(tiles: Sequence[Tile], plan: Plan) -> Box:
    """Return the smallest rectangle of the image that holds all that the tiles see of it.

    Args:
        tiles: One or more tiles of the plan.
        plan: The tiles of the image.
    """
    return Box(
        top=min(tile.top for tile in tiles),
        left=min(tile.left for tile in tiles),
        bottom=min(max(tile.top + tile.height for tile in tiles), plan.height),
        right=min(max(tile.left + tile.width for tile in tiles), plan.width),
    )
