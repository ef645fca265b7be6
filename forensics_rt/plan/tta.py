"""The eight symmetries of the square (the group D4), each with its inverse."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from forensics_rt.recipe import D4, TtaName

Scalar = TypeVar("Scalar", bound=np.generic)

QUARTER_TURNS: dict[TtaName, int] = {"rotate90": 1, "rotate180": 2, "rotate270": 3}
# Under these what was high is wide.
SWAPS_SIDES: frozenset[TtaName] = frozenset({"rotate90", "rotate270", "transpose", "transverse"})
INVERSE: dict[TtaName, TtaName] = {name: name for name in D4} | {
    "rotate90": "rotate270",
    "rotate270": "rotate90",
}


def apply(name: TtaName, array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Turn an array by an element of D4, without copying.

    Rotations are counter-clockwise. `transpose` mirrors at the main diagonal, `transverse` at the
    other one.

    Args:
        name: The element.
        array: H×W or H×W×C; the first two axes are turned.

    Returns:
        A view on `array`.

    Example:
        >>> apply("rotate90", np.array([[1, 2], [3, 4]])).tolist()
        [[2, 4], [1, 3]]
    """
    if name == "identity":
        return array
    if name in QUARTER_TURNS:
        return np.rot90(array, QUARTER_TURNS[name])
    if name == "flip_left_right":
        return np.fliplr(array)
    if name == "flip_up_down":
        return np.flipud(array)
    if name == "transpose":
        return np.swapaxes(array, 0, 1)
    return np.swapaxes(np.rot90(array, 2), 0, 1)


def undo(name: TtaName, array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Turn an array back: `undo(name, apply(name, array))` is `array`."""
    return apply(INVERSE[name], array)
