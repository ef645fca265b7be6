"""The last step of a map: the number format in which it is returned."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

MapType = Literal["uint8", "float16", "float32"]


def encode(values: npt.NDArray[np.float32], kind: MapType) -> npt.NDArray[Any]:
    """Return a map in another number format, rounded to nearest, ties to even.

    Args:
        values: H×W float32 in [0, 1].
        kind: `float32` as it is, `float16` (within 2.5e-4 of it), or `uint8`, where 255 is 1
            (within 2e-3).

    Returns:
        H×W of that type; for `float32` the array itself.

    Example:
        >>> encode(np.array([[0.0, 0.5, 1.0]], np.float32), "uint8").tolist()
        [[0, 128, 255]]
    """
    if kind == "float32":
        return values
    if kind == "float16":
        return values.astype(np.float16)
    rounded: npt.NDArray[np.uint8] = np.rint(values * np.float32(255)).astype(np.uint8)
    return rounded
