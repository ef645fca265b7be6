"""The merging of the Tianchi FFT2 system, band by band, equal to `OverwriteMerger` to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.bands import Band
from forensics_rt.plan.merge import MergedMap
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tianchi_fft2 import OverwriteMerger
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.recipe import TtaName


class BandOverwrite:
    """Merges like `plan.tianchi_fft2.OverwriteMerger`, holding one row of tiles at a time.

    Later tiles overwrite earlier ones, so a pixel belongs to the last row and the last column of
    tiles that cover it: each tile has its own pixels, and can be merged alone.

    Args:
        plan: The tiles, in the order in which they overwrite.
        members: How many members vote.
        tta: The symmetries each tile is seen under; one named twice counts twice.
    """

    def __init__(self, plan: Plan, members: int, tta: tuple[TtaName, ...]) -> None:
        """Hold nothing yet."""
        self._plan = plan
        self._members = members
        self._tta = tta

    def open(self, band: Band) -> None:
        """Begin the next band."""
        size = self._plan.tile_size
        self._finishes = band.finishes
        self._origin = Tile(0, 0, size)
        alone = Plan(size, size, size, (self._origin,))
        self._mergers = {
            tile: OverwriteMerger(alone, self._members, self._tta) for tile in band.tiles
        }

    def add(self, member: int, view: View, probability: npt.NDArray[np.float32]) -> None:
        """Take the answer for one view of the band: size×size, still turned."""
        self._mergers[view.tile].add(member, View(self._origin, view.symmetry), probability)

    def finish(self, most_rows: int) -> Iterator[MergedMap]:
        """Yield the rows that the band finishes, from top to bottom, at most so many at a time."""
        shape = (self._finishes.count, self._plan.width)
        probability = np.empty(shape, np.float32)
        uncertainty = np.empty(shape, np.float32)
        several = False
        lefts = [*sorted({tile.left for tile in self._mergers}), self._plan.width]
        for left, right in pairwise(lefts):
            merger = self._mergers.pop(Tile(self._finishes.top, left, self._plan.tile_size))
            maps = merger.finish()
            probability[:, left:right] = maps.probability[: shape[0], : right - left]
            if maps.uncertainty is not None:
                several = True
                uncertainty[:, left:right] = maps.uncertainty[: shape[0], : right - left]
        for top in range(0, shape[0], most_rows):
            rows = slice(top, top + most_rows)
            yield MergedMap(probability[rows], uncertainty[rows] if several else None)
