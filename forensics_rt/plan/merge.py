"""What takes the answers of tiles and gives the maps, whole or from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.bands import Band
from forensics_rt.plan.maps import HostMaps
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Tile


class Merger(Protocol):
    """Takes the answers of one band after another, and gives the rows that each band finishes."""

    def open(self, band: Band) -> None:
        """Begin the next band; the rows of the one before have been taken."""
        ...

    def settle(self, tile: Tile, probability: npt.NDArray[np.float32]) -> None:
        """Let one upright answer stand for those of all members and symmetries to a tile.

        Called before the first `add` of a band.
        """
        ...

    def add(self, member: int, view: View, probability: npt.NDArray[np.float32]) -> None:
        """Take the answer for one view, in the order of `schedule`, still turned."""
        ...

    def rows(self, most: int) -> Iterator[HostMaps]:
        """Yield the rows that the band finishes, from top to bottom, at most so many at a time."""
        ...
