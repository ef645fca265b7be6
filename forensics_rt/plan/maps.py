"""The maps of an image: what every inferer gives, wherever it computed them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Plane = TypeVar("Plane")


@dataclass(frozen=True, eq=False)
class Look:
    """The map of a changed copy of an image.

    Attributes:
        change: What was done to the copy.
        probability: Of the copy, in its own height and width.
        back: Takes a mask of the copy, and height and width of the image, and gives the mask where
            it lies in the image.
    """

    change: str
    probability: npt.NDArray[np.float32]
    back: Callable[[npt.NDArray[np.bool_], tuple[int, int]], npt.NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Maps(Generic[Plane]):
    """The answers of all tiles, symmetries and members as maps of the image, or of rows of it.

    Attributes:
        probability: H×W in [0, 1]; float32 on the host unless another number format was asked for.
        uncertainty: H×W: standard deviation of all answers that a pixel got; `None` where one
            member under one symmetry leaves nothing to disagree.
        mask: H×W uint8, 0 or 1; `None` if not asked for.
        raw_score: What the map holds against the image as a whole; see `plan.score`. NaN for rows
            of an image.
        settled_tiles: How many tiles the cascade network settled, so that no member saw them.
        constant_tiles: How many tiles are of one color, whose answers are computed once a color.
        repeated_tiles: How many others are like one before them, whose answer they share.
        looks: Of changed copies of the image, where somebody asked for them.
    """

    probability: Plane
    uncertainty: Plane | None = None
    mask: Plane | None = None
    raw_score: float = math.nan
    settled_tiles: int = 0
    constant_tiles: int = 0
    repeated_tiles: int = 0
    looks: tuple[Look, ...] = ()


HostMaps: TypeAlias = Maps[npt.NDArray[np.float32]]
