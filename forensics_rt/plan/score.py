"""One number for a whole image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BLOCK = 16


def image_score(probability: npt.NDArray[np.float32]) -> float:
    """Return the largest mean probability of any 16×16 block, in [0, 1].

    A single hot pixel hardly moves it, an edited word does, and the size of the page does not
    matter. Blocks at the right and lower edge are as small as the page leaves them.

    Args:
        probability: H×W float32 in [0, 1].

    Example:
        >>> page = np.zeros((64, 64), np.float32)
        >>> page[16:32, 16:32] = 0.8
        >>> round(image_score(page), 3)
        0.8
    """
    height, width = probability.shape
    rows, columns = np.arange(0, height, BLOCK), np.arange(0, width, BLOCK)
    sums = np.add.reduceat(np.add.reduceat(probability, rows, axis=0), columns, axis=1)
    sizes = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))
    return float((sums / sizes).max())
