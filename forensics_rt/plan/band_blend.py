"""The weighted mean of overlapping tiles, band by band, equal to `BlendMerger` to the bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.bands import Band, Rows
from forensics_rt.plan.merge import MergedMap
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.plan.tta import undo
from forensics_rt.plan.window import window
from forensics_rt.recipe import TtaName, WindowName


@dataclass(frozen=True, eq=False)
class _Piece:
    """Rows of an upright answer, from row `top` of the image on."""

    tile: Tile
    top: int
    rows: npt.NDArray[np.float32]


class BandBlend:
    """Blends like `plan.merge.BlendMerger`, holding one band of the map at a time.

    A sum in float32 depends on its order, and a pixel that two rows of tiles share must get their
    answers member by member and symmetry by symmetry. So the rows that an answer shares with the
    next band are kept, and added when the next band's answer of that member and symmetry comes.

    Args:
        plan: The tiles of the image.
        window_name: Weight by place in the tile.
        member_weights: One weight a member that votes.
        tta_count: How many symmetries each tile is seen under.
    """

    def __init__(
        self,
        plan: Plan,
        window_name: WindowName,
        member_weights: Sequence[float],
        tta_count: int,
    ) -> None:
        """Hold nothing yet."""
        self._plan = plan
        self._window = window(window_name, plan.tile_size)
        self._member_weights = member_weights
        self._tta_count = tta_count
        self._several = len(member_weights) * tta_count > 1
        self._kept: dict[tuple[int, TtaName], list[_Piece]] = {}
        self._reaching: list[Tile] = []

    def open(self, band: Band) -> None:
        """Begin the next band."""
        shape = (band.finishes.count, self._plan.width)
        self._finishes = band.finishes
        self._reaching = [
            tile for tile in self._reaching if tile.top + tile.size > band.finishes.top
        ] + list(band.tiles)
        self._from_above, self._kept = self._kept, {}
        self._sum = np.zeros(shape, np.float32)
        self._sum_of_squares = np.zeros(shape, np.float32) if self._several else None

    def add(self, member: int, view: View, probability: npt.NDArray[np.float32]) -> None:
        """Take the answer for one view of the band: size×size, still turned."""
        key = member, view.symmetry
        for piece in self._from_above.pop(key, ()):
            self._take(key, piece)
        upright = undo(view.symmetry, probability)
        inside = upright[: self._plan.height - view.tile.top]
        self._take(key, _Piece(view.tile, view.tile.top, inside))

    def finish(self, most_rows: int) -> Iterator[MergedMap]:
        """Yield the rows that the band finishes, from top to bottom, at most so many at a time."""
        for top in range(self._finishes.top, self._finishes.bottom, most_rows):
            yield self._divide(Rows(top, min(top + most_rows, self._finishes.bottom)))

    def _take(self, key: tuple[int, TtaName], piece: _Piece) -> None:
        rows = self._finishes
        bottom = piece.top + len(piece.rows)
        if bottom > rows.top:
            self._accumulate(
                key[0], piece, Rows(max(piece.top, rows.top), min(bottom, rows.bottom))
            )
        if bottom > rows.bottom:
            # A copy: a view would keep the whole answer alive.
            rest = piece.rows[max(rows.bottom - piece.top, 0) :].copy()
            self._kept.setdefault(key, []).append(
                _Piece(piece.tile, max(rows.bottom, piece.top), rest)
            )

    def _accumulate(self, member: int, piece: _Piece, rows: Rows) -> None:
        tile = piece.tile
        columns = slice(tile.left, min(tile.left + tile.size, self._plan.width))
        width = columns.stop - columns.start
        upright = piece.rows[rows.top - piece.top : rows.bottom - piece.top, :width]
        weights = self._window[rows.top - tile.top : rows.bottom - tile.top, :width]
        weighted = upright * (weights * np.float32(self._member_weights[member]))
        place = np.s_[rows.top - self._finishes.top : rows.bottom - self._finishes.top, columns]
        self._sum[place] += weighted
        if self._sum_of_squares is not None:
            self._sum_of_squares[place] += weighted * upright

    def _divide(self, rows: Rows) -> MergedMap:
        weight = self._coverage(rows)
        weight *= np.float32(sum(self._member_weights) * self._tta_count)
        place = slice(rows.top - self._finishes.top, rows.bottom - self._finishes.top)
        probability = np.clip(self._sum[place] / weight, 0.0, 1.0)
        if self._sum_of_squares is None:
            return MergedMap(probability, None)
        variance = self._sum_of_squares[place] / weight - probability * probability
        return MergedMap(probability, np.sqrt(np.maximum(variance, 0.0)))

    def _coverage(self, rows: Rows) -> npt.NDArray[np.float32]:
        covered = np.zeros((rows.count, self._plan.width), np.float32)
        for tile in self._reaching:
            top, bottom = max(tile.top, rows.top), min(tile.top + tile.size, rows.bottom)
            if top < bottom:
                part = covered[
                    top - rows.top : bottom - rows.top, tile.left : tile.left + tile.size
                ]
                part += self._window[top - tile.top : bottom - tile.top, : part.shape[1]]
        return covered
