"""The rows of an image that are in memory: they move down, and never up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.io.windowed import RowSource
from forensics_rt.plan.bands import Rows


class RowWindow:
    """Shows rows of a source that is read once, from top to bottom.

    Args:
        source: The image.
        most_rows: The most that are shown at once.
    """

    def __init__(self, source: RowSource, most_rows: int) -> None:
        self._source = source
        self._pixels = np.empty((most_rows, source.width, 3), np.uint8)
        self._held = Rows(0, 0)

    def show(self, rows: Rows) -> npt.NDArray[np.uint8]:
        """Return rows of the image: N×W×3 RGB, valid until the next call.

        Args:
            rows: They must not begin above those shown before.

        Raises:
            ValueError: If they do.
            ImageUnreadable: If the source is truncated or damaged there.
        """
        held = self._held
        if rows.top < held.top or rows.bottom < held.bottom:
            raise ValueError(
                f"rows must be shown from top to bottom, but {rows} comes after {held}"
            )
        known = max(held.bottom - rows.top, 0)
        self._pixels[:known] = self._pixels[held.bottom - held.top - known : held.count]
        first = rows.top + known
        self._source.rows(first, rows.bottom, self._pixels[known : rows.count])
        self._held = rows
        return self._pixels[: rows.count]
