"""How much a pixel's answer counts by its place in the tile."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from forensics_rt.recipe import WindowName

# A pixel at the image's corner is seen by the corner of one tile alone: its weight must not vanish.
# The floor is that of a side, not of the product, or the blend along the border would have steps.
FLOOR = 1e-3


@lru_cache(maxsize=32)
def window(name: WindowName, height: int, width: int | None = None) -> npt.NDArray[np.float32]:
    """Return the weights of a tile: height×width float32 in [1e-6, 1], the same mirrored.

    `flat` is 1 everywhere. `pyramid` falls linearly from the center to the edges, along both axes.
    `gaussian` has a standard deviation of an eighth of each side, as nnU-Net uses it (Isensee et
    al., 2021), with a floor so that no division by zero follows.

    Args:
        name: Which of the three.
        height: Of the tile in pixels.
        width: Of the tile in pixels; `None` for a square.

    Returns:
        A read-only array, shared between calls.
    """
    profiles = _profile(name, height), _profile(name, width or height)
    weights: npt.NDArray[np.float32] = np.outer(*profiles).astype(np.float32)
    weights.setflags(write=False)
    return weights


def _profile(name: WindowName, size: int) -> npt.NDArray[np.float64]:
    centered = np.abs(np.arange(size) - (size - 1) / 2)
    if name == "flat":
        profile = np.ones(size)
    elif name == "pyramid":
        profile = 1.0 - centered / (size / 2)
    else:
        profile = np.exp(-0.5 * (centered / (size / 8)) ** 2)
    floored: npt.NDArray[np.float64] = np.maximum(profile / profile.max(), FLOOR)
    return floored
