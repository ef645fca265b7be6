"""From probabilities to a mask: one threshold says what counts, another how far it reaches."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def forged_mask(
    probability: npt.NDArray[np.float32], threshold: float, high_threshold: float | None = None
) -> npt.NDArray[np.bool_]:
    """Return the connected regions at `threshold` that reach `high_threshold` somewhere.

    Hysteresis as in edge detection (Canny, IEEE TPAMI 1986, section VIII): an edit fades towards
    its border, so a low threshold gives its extent, while a region of which no pixel is convincing
    is not reported at all. Regions are connected over eight neighbors.

    Args:
        probability: H×W float32 in [0, 1].
        threshold: Probability from which a pixel belongs to a region.
        high_threshold: Probability that at least one pixel of a region must reach; `None`, or a
            value not above `threshold`, for a plain threshold.

    Returns:
        H×W bool.

    Example:
        >>> row = np.array([[0.6, 0.9, 0.1, 0.6]], np.float32)
        >>> forged_mask(row, 0.5, 0.8).tolist()
        [[True, True, False, False]]
    """
    mask: npt.NDArray[np.bool_] = probability >= np.float32(threshold)
    if high_threshold is None or high_threshold <= threshold or not mask.any():
        return mask
    count, found = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    labels = np.asarray(found)
    convincing = np.zeros(count, bool)
    convincing[labels[probability >= np.float32(high_threshold)]] = True
    kept: npt.NDArray[np.bool_] = convincing[labels]
    return kept
