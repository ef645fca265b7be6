"""Turning pixels with a copy, several times faster than numpy copies a turned view."""

from __future__ import annotations

from typing import TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

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


def turn(
    name: TtaName, square: npt.NDArray[Scalar], out: npt.NDArray[Scalar] | None = None
) -> npt.NDArray[Scalar]:
    """Return what `symmetry.apply` returns, laid out in memory row by row.

    Numpy copies a turned view element by element, across the cache lines of what it reads; OpenCV
    copies in blocks. Values are moved, never computed with, so both give the same bits.

    Args:
        name: The element of D4.
        square: N×N or N×N×3, uint8 or float32.
        out: Where to write, of the same shape and C-contiguous; `None` for a new array.

    Returns:
        `out`, or the new array; for `identity` without `out` the array itself.

    Example:
        >>> turn("rotate90", np.array([[1, 2], [3, 4]], np.uint8)).tolist()
        [[2, 4], [1, 3]]
    """
    if name == "identity":
        if out is None:
            return square
        out[...] = square
        return out
    if name in _FLIPS:
        turned = cv2.flip(square, _FLIPS[name], dst=out)
    elif name in _ROTATIONS:
        turned = cv2.rotate(square, _ROTATIONS[name], dst=out)
    elif name == "transpose":
        turned = cv2.transpose(square, dst=out)
    else:
        turned = cv2.transpose(cv2.flip(square, _BOTH_AXES), dst=out)
    return cast("npt.NDArray[Scalar]", turned)
