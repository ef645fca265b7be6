"""Turning a picture as its EXIF orientation says: for the reader, never for the networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def turned(image: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Return an image as a viewer shows it.

    Args:
        image: H×W or H×W×3, as stored.
        orientation: 1 to 8, as EXIF has it.

    Example:
        >>> turned(np.array([[1, 2]]), 6).tolist()
        [[1], [2]]
    """
    if orientation in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def turned_point(
    point: tuple[float, float], size: tuple[float, float], orientation: int
) -> tuple[float, float]:
    """Return where a point of a stored image lies in the turned one.

    Args:
        point: (x, y) in the stored image.
        size: Width and height of the stored image, in the same units.
        orientation: 1 to 8, as EXIF has it.

    Example:
        >>> turned_point((0.0, 0.0), (4.0, 2.0), 6)
        (2.0, 0.0)
    """
    x, y = point
    width, height = size
    if orientation in (5, 6, 7, 8):
        x, y, width, height = y, x, height, width
    if orientation in (2, 3, 6, 7):
        x = width - x
    if orientation in (3, 4, 7, 8):
        y = height - y
    return x, y
