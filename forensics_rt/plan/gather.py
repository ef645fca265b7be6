"""Cutting tiles out of an image, reflected at its edges, turned, straight into a batch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.symmetry import apply
from forensics_rt.plan.tiling import Tile
from forensics_rt.recipe import SymmetryName


def gather(
    image: npt.NDArray[np.uint8],
    tile: Tile,
    symmetry: SymmetryName,
    out: npt.NDArray[np.uint8],
) -> None:
    """Copy one tile under one symmetry into its place in a batch.

    Args:
        image: H×W×3 RGB.
        tile: Where to cut; pixels beyond the image are reflected in.
        symmetry: How the tile is turned before the network sees it.
        out: size×size×3, written to.
    """
    height, width = image.shape[:2]
    if tile.top + tile.size <= height and tile.left + tile.size <= width:
        cut = image[tile.top : tile.top + tile.size, tile.left : tile.left + tile.size]
    else:
        rows = reflect(tile.top, tile.size, height)
        columns = reflect(tile.left, tile.size, width)
        cut = image[rows[:, None], columns[None, :]]
    out[...] = apply(symmetry, cut)


def reflect(start: int, count: int, length: int) -> npt.NDArray[np.intp]:
    """Return the indices of `count` pixels from `start` on, mirrored inside `0 … length - 1`.

    The edge pixel itself is not repeated; a length of 1 repeats its only pixel.

    Example:
        >>> reflect(1, 6, 4).tolist()
        [1, 2, 3, 2, 1, 0]
    """
    if length == 1:
        return np.zeros(count, dtype=np.intp)
    period = 2 * (length - 1)
    place = np.arange(start, start + count) % period
    return np.minimum(place, period - place)
