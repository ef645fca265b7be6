"""One number for a whole image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BLOCK = 16


def image_score(probability: npt.NDArray[np.float32]) -> float:
    """Return the largest mean probability of a block of the 16×16 grid, in [0, 1].

    A single hot pixel hardly moves it, an edited word does, and the size of the page does not
    matter. Where the right or lower edge cuts a block, the missing pixels count as 0.

    Args:
        probability: H×W float32 in [0, 1].

    Example:
        >>> page = np.zeros((64, 64), np.float32)
        >>> page[16:32, 16:32] = 0.8
        >>> round(image_score(page), 3)
        0.8
    """
    height, width = probability.shape
    # One after the other, as the kernels on the GPU add, and whole rows at a time, which is quick.
    rows = np.zeros((-(-height // BLOCK), width), np.float32)
    sums = np.zeros((len(rows), -(-width // BLOCK)), np.float32)
    for place in range(BLOCK):
        part = probability[place::BLOCK]
        rows[: len(part)] += part
    for place in range(BLOCK):
        part = rows[:, place::BLOCK]
        sums[:, : part.shape[1]] += part
    whole_block: int = min(BLOCK, height) * min(BLOCK, width)
    return float(sums.max()) / whole_block
