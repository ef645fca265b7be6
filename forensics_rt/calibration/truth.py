"""What calibrators are fitted to: raw scores, and whether the image was forged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.errors import CalibrationError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def check_both_kinds(raw_score: npt.ArrayLike, forged: npt.ArrayLike) -> tuple[Floats, Bools]:
    """Return raw scores and truth as arrays.

    Raises:
        CalibrationError: If no image is forged, or all are.
    """
    scores, truth = np.asarray(raw_score, np.float64), np.asarray(forged, bool)
    if truth.all() or not truth.any():
        raise CalibrationError(
            "a probability must be fitted on forged and on authentic images, but "
            f"{int(truth.sum())} of {len(truth)} are forged; add some of the other kind"
        )
    return scores, truth


def smoothed_targets(forged: Bools) -> Floats:
    """Return Platt's targets: (N₊ + 1) / (N₊ + 2) for forged images, 1 / (N₋ + 2) for the rest."""
    count = int(forged.sum())
    return np.where(forged, (count + 1) / (count + 2), 1 / (len(forged) - count + 2))
