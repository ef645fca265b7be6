"""From probabilities to a mask: one threshold says what counts, another what a region must show."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def forged_mask(
    probability: npt.NDArray[np.float32],
    threshold: float,
    high_threshold: float | None = None,
    high_area: int = 1,
) -> npt.NDArray[np.bool_]:
    """Return the connected regions at `threshold` with enough pixels at `high_threshold`.

    Hysteresis as in edge detection (Canny, IEEE TPAMI 1986, section VIII): an edit fades towards
    its border, so a low threshold gives its extent, while a region with too few convincing pixels
    is not reported at all. Regions are connected over eight neighbors.

    Args:
        probability: H×W float32 in [0, 1].
        threshold: Probability from which a pixel belongs to a region.
        high_threshold: Probability that makes a pixel convincing; `None`, or a value not above
            `threshold`, where every pixel of a region is.
        high_area: How many convincing pixels a region must have, 1 or more.

    Returns:
        H×W bool.

    Example:
        >>> row = np.array([[0.6, 0.9, 0.1, 0.6]], np.float32)
        >>> forged_mask(row, 0.5, 0.8).tolist()
        [[True, True, False, False]]
        >>> forged_mask(row, 0.5, 0.8, high_area=2).any()
        np.False_
    """
    mask: npt.NDArray[np.bool_] = probability >= np.float32(threshold)
    high = max(threshold, threshold if high_threshold is None else high_threshold)
    if (high == threshold and high_area <= 1) or not mask.any():
        return mask
    count, found = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    labels = np.asarray(found)
    convincing = np.bincount(labels[probability >= np.float32(high)], minlength=count) >= high_area
    kept: npt.NDArray[np.bool_] = convincing[labels]
    kept &= mask
    return kept
