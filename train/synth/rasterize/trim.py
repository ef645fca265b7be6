"""Cutting a drawn text to its ink."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def to_ink(cover: npt.NDArray[np.float32], margin: int = 1) -> npt.NDArray[np.float32]:
    """Cut a cover to its ink and leave a margin of nothing.

    Args:
        cover: H×W or H×W×3 in 0..1.
        margin: Pixels around the ink.

    Returns:
        A single empty pixel where there is no ink.

    Example:
        >>> to_ink(np.eye(9, dtype=np.float32)[3:4]).shape
        (3, 3)
    """
    flat = cover if cover.ndim == 2 else cover.max(2)
    rows, columns = np.flatnonzero(flat.max(1) > 0.02), np.flatnonzero(flat.max(0) > 0.02)
    if rows.size == 0:
        return np.zeros((1, 1), np.float32)
    ink = cover[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    around = ((margin, margin), (margin, margin)) + ((0, 0),) * (cover.ndim - 2)
    return np.pad(ink, around)
