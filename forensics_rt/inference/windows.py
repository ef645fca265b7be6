"""The rows of an image that the tiles of a band are cut from."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from forensics_rt.io.windowed import RowSource
from forensics_rt.plan.bands import Rows


class Window(Protocol):
    """Shows rows of an image."""

    def show(self, rows: Rows) -> npt.NDArray[np.uint8]:
        """Return rows of the image: N×W×3 RGB, valid until the next call."""
        ...


class WholeImage:
    """Shows rows of an image that is in memory.

    Args:
        pixels: H×W×3 uint8 RGB.
    """

    def __init__(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Keep the image."""
        self._pixels = pixels

    def show(self, rows: Rows) -> npt.NDArray[np.uint8]:
        """Return rows of the image, without a copy."""
        return self._pixels[rows.top : rows.bottom]


class RowWindow:
    """Shows rows of a source that is read once, from top to bottom.

    Args:
        source: The image.
        most_rows: The most that are shown at once.
    """

    def __init__(self, source: RowSource, most_rows: int) -> None:
        """Make room; nothing is read yet."""
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
