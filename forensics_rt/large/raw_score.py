"""The score of an image whose map comes row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.score import BLOCK, image_score


class StreamedRawScore:
    """What `plan.score.image_score` gives for the whole map, to the bit.

    The score is a maximum over blocks of 16 rows, so whole blocks can be scored as they come. The
    last of them is kept back: a block that the lower edge cuts is scored together with it, because
    the missing pixels count only where another block shows that they are missing.
    """

    def __init__(self) -> None:
        self._pending: npt.NDArray[np.float32] | None = None
        self._largest = 0.0

    def add(self, rows: npt.NDArray[np.float32]) -> None:
        """Take the next rows of the map: N×W float32."""
        pending = rows if self._pending is None else np.concatenate([self._pending, rows])
        whole = len(pending) // BLOCK * BLOCK
        if whole > BLOCK:
            self._largest = max(self._largest, image_score(pending[:whole]))
            pending = pending[whole - BLOCK :]
        self._pending = pending.copy()

    def value(self) -> float:
        """Return the score; called once, after the last rows.

        Raises:
            ValueError: If no rows came.
        """
        if self._pending is None:
            raise ValueError("raw score must be asked for after rows of the map, but none came")
        return max(self._largest, image_score(self._pending))
