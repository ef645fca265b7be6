"""Cutting tiles out of an image, reflected at its edges, turned, straight into a batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.plan.schedule import Batch
from forensics_rt.plan.tiling import Tile
from forensics_rt.recipe import TtaName

Scalar = TypeVar("Scalar", np.uint8, np.float32)

_BOTH_AXES = -1
_FLIPS: dict[TtaName, int] = {
    "flip_up_down": 0,
    "flip_left_right": 1,
    "rotate180": _BOTH_AXES,
}
_ROTATIONS: dict[TtaName, int] = {
    "rotate90": cv2.ROTATE_90_COUNTERCLOCKWISE,
    "rotate270": cv2.ROTATE_90_CLOCKWISE,
}


def gather(
    image: npt.NDArray[np.uint8],
    tile: Tile,
    symmetry: TtaName,
    out: npt.NDArray[np.uint8],
) -> None:
    """Copy one tile under one symmetry into its place in a batch.

    Args:
        image: H×W×3 RGB.
        tile: Where to cut; pixels beyond the image are reflected in.
        symmetry: How the tile is turned before the network sees it.
        out: height×width×3 of the turned tile, C-contiguous, written to.
    """
    cut = image[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
    if cut.shape[:2] != (tile.height, tile.width):
        cut = _with_margin(image, tile, cut)
    turn(symmetry, cut, out)


def gather_batch(
    pixels: npt.NDArray[np.uint8], batch: Batch, top: int = 0
) -> npt.NDArray[np.uint8]:
    """Return the tiles of a batch as its member sees them: N×H×W×3, one shape.

    Args:
        pixels: Rows of the image: H×W×3 RGB.
        batch: Which tiles, turned how.
        top: Row of the image that `pixels` begins with.
    """
    images = np.empty((len(batch.views), *batch.views[0].shape, 3), np.uint8)
    for view, out in zip(batch.views, images, strict=True):
        tile = replace(view.tile, top=view.tile.top - top) if top else view.tile
        gather(pixels, tile, view.symmetry, out)
    return images


def _with_margin(
    image: npt.NDArray[np.uint8], tile: Tile, cut: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    height, width = image.shape[:2]
    below, right = tile.height - cut.shape[0], tile.width - cut.shape[1]
    # A mirror at the edge needs only the cut, unless it reaches past the cut's own beginning.
    if (tile.top == 0 or below < cut.shape[0]) and (tile.left == 0 or right < cut.shape[1]):
        mirrored = cv2.BORDER_REFLECT_101 | cv2.BORDER_ISOLATED
        return np.asarray(cv2.copyMakeBorder(cut, 0, below, 0, right, mirrored), np.uint8)
    rows = reflect(tile.top, tile.height, height)
    columns = reflect(tile.left, tile.width, width)
    return image[rows[:, None], columns[None, :]]


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


def turn(
    name: TtaName, array: npt.NDArray[Scalar], out: npt.NDArray[Scalar] | None = None
) -> npt.NDArray[Scalar]:
    """Return what `symmetry.apply` returns, laid out in memory row by row.

    Numpy copies a turned view element by element, across the cache lines of what it reads; OpenCV
    copies in blocks. Values are moved, never computed with, so both give the same bits.

    Args:
        name: The element of D4.
        array: H×W or H×W×3, uint8 or float32.
        out: Where to write, of the turned shape and C-contiguous; `None` for a new array.

    Returns:
        `out`, or the new array; for `identity` without `out` the array itself.

    Example:
        >>> turn("rotate90", np.array([[1, 2], [3, 4]], np.uint8)).tolist()
        [[2, 4], [1, 3]]
    """
    if name == "identity":
        if out is None:
            return array
        out[...] = array
        return out
    if name in _FLIPS:
        turned = cv2.flip(array, _FLIPS[name], dst=out)
    elif name in _ROTATIONS:
        turned = cv2.rotate(array, _ROTATIONS[name], dst=out)
    elif name == "transpose":
        turned = cv2.transpose(array, dst=out)
    else:
        turned = cv2.transpose(cv2.flip(array, _BOTH_AXES), dst=out)
    return cast("npt.NDArray[Scalar]", turned)
