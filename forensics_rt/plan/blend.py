"""Blending: the weighted mean of overlapping tiles, and the uncertainty of their answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.bands import Band, Rows
from forensics_rt.plan.gather import turn
from forensics_rt.plan.maps import HostMaps, Maps
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.plan.tta import INVERSE
from forensics_rt.plan.window import window
from forensics_rt.recipe import TtaName, WindowName

# Pages of one scanner are of one size: what depends on the plan alone is kept, 96 MB at most.
_KEPT_PLANS = 2
_MOST_KEPT_PIXELS = 12_000_000
# Whose answer it is: a member's under a symmetry, or that of the cascade network, for all of them.
_Voice: TypeAlias = "tuple[int, TtaName] | None"
_CASCADE = None


@dataclass(frozen=True, eq=False)
class _Piece:
    """Rows of an upright answer, from row `top` of the image on."""

    tile: Tile
    top: int
    rows: npt.NDArray[np.float32]


class BlendMerger:
    """Weighted mean of overlapping tiles over symmetries and members, accumulated in float32.

    With weight `w` = window × member weight and answers `p` of a pixel, the probability is
    `Σwp / Σw` and the uncertainty `√(Σwp² / Σw − (Σwp / Σw)²)`.

    A sum in float32 depends on its order, and a pixel that two bands share must get their answers
    member by member and symmetry by symmetry. So the rows that an answer shares with the next band
    are kept, and added when the next band's answer of that member and symmetry comes: bands of any
    height give the same bits.

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
        self._plan = plan
        self._window_name = window_name
        self._total = sum(member_weights) * tta_count
        self._member_weights = tuple(member_weights)
        self._windows: dict[tuple[float, int, int], npt.NDArray[np.float32]] = {}
        self._several = len(member_weights) * tta_count > 1
        # One for all answers: memory that is taken anew each time is paged in anew each time.
        self._scratch = np.empty((plan.tile_size, plan.tile_size), np.float32)
        self._kept: dict[_Voice, list[_Piece]] = {}
        self._from_above: dict[_Voice, list[_Piece]] = {}
        self._reaching: list[Tile] = []

    def open(self, band: Band) -> None:
        """Begin the next band; the rows of the one before have been taken."""
        shape = (band.finishes.count, self._plan.width)
        self._finishes = band.finishes
        self._reaching = [
            tile for tile in self._reaching if tile.top + tile.height > band.finishes.top
        ] + list(band.tiles)
        self._sum = np.zeros(shape, np.float32)
        self._sum_of_squares = np.zeros(shape, np.float32) if self._several else None
        self._clear_tiles = 0
        self._from_above, self._kept = self._kept, {}
        self._take_from_above(_CASCADE)  # which came before all others

    def add(self, member: int, view: View, probability: npt.NDArray[np.float32]) -> None:
        """Take the answer for one view, in the order of `schedule`, still turned."""
        voice = member, view.symmetry
        self._take_from_above(voice)
        self._take(voice, view.tile, turn(INVERSE[view.symmetry], probability))

    def settle(self, tile: Tile, probability: npt.NDArray[np.float32]) -> None:
        """Let one upright answer stand for those of all members and symmetries to a tile."""
        self._clear_tiles += 1
        self._take(_CASCADE, tile, probability)

    def rows(self, most: int) -> Iterator[HostMaps]:
        """Yield the rows that the band finishes, from top to bottom, at most so many at a time."""
        for voice in list(self._from_above):  # where the cascade network settled the whole band
            self._take_from_above(voice)
        clear = self._clear_tiles
        for top in range(self._finishes.top, self._finishes.bottom, most):
            yield self._divide(Rows(top, min(top + most, self._finishes.bottom)), clear)
            clear = 0

    def _take_from_above(self, voice: _Voice) -> None:
        for piece in self._from_above.pop(voice, ()):
            self._take_piece(voice, piece)

    def _take(self, voice: _Voice, tile: Tile, upright: npt.NDArray[np.float32]) -> None:
        self._take_piece(voice, _Piece(tile, tile.top, upright[: self._plan.height - tile.top]))

    def _take_piece(self, voice: _Voice, piece: _Piece) -> None:
        rows = self._finishes
        bottom = piece.top + len(piece.rows)
        if bottom > rows.top:
            self._accumulate(voice, piece, Rows(max(piece.top, rows.top), min(bottom, rows.bottom)))
        if bottom > rows.bottom:
            # A copy: a view would keep the whole answer alive.
            rest = piece.rows[max(rows.bottom - piece.top, 0) :].copy()
            below = _Piece(piece.tile, max(rows.bottom, piece.top), rest)
            self._kept.setdefault(voice, []).append(below)

    def _accumulate(self, voice: _Voice, piece: _Piece, rows: Rows) -> None:
        tile = piece.tile
        columns = slice(tile.left, min(tile.left + tile.width, self._plan.width))
        inside = np.s_[rows.top - tile.top : rows.bottom - tile.top, : columns.stop - tile.left]
        upright = piece.rows[rows.top - piece.top : rows.bottom - piece.top, inside[1]]
        weights = self._weights_of(voice, tile)[inside]
        weighted = np.multiply(upright, weights, out=self._scratch[inside])
        place = np.s_[rows.top - self._finishes.top : rows.bottom - self._finishes.top, columns]
        self._sum[place] += weighted
        if self._sum_of_squares is not None:
            self._sum_of_squares[place] += np.multiply(weighted, upright, out=weighted)

    def _weights_of(self, voice: _Voice, tile: Tile) -> npt.NDArray[np.float32]:
        weight = self._total if voice is None else self._member_weights[voice[0]]
        key = weight, tile.height, tile.width
        if key not in self._windows:
            whole = window(self._window_name, tile.height, tile.width)
            self._windows[key] = whole * np.float32(weight)
        return self._windows[key]

    def _divide(self, rows: Rows, settled_tiles: int) -> HostMaps:
        """Divide by the weights that each pixel got: in place, unless only some rows are wanted.

        A view of some rows would keep the whole band in memory while the next one is merged.
        """
        weight = self._weight_of_pixels(rows)
        place = slice(rows.top - self._finishes.top, rows.bottom - self._finishes.top)
        whole = rows == self._finishes
        probability = np.divide(self._sum[place], weight, out=self._sum if whole else None)
        np.clip(probability, 0.0, 1.0, out=probability)
        if self._sum_of_squares is None:
            return Maps(probability, settled_tiles=settled_tiles)
        squares = self._sum_of_squares
        variance = np.divide(squares[place], weight, out=squares if whole else None)
        variance -= probability * probability
        np.maximum(variance, 0.0, out=variance)
        return Maps(probability, np.sqrt(variance, out=variance), settled_tiles=settled_tiles)

    def _weight_of_pixels(self, rows: Rows) -> npt.NDArray[np.float32]:
        plan, name = self._plan, self._window_name
        if rows.count == plan.height and plan.height * plan.width <= _MOST_KEPT_PIXELS:
            return _kept_sum_of_windows(plan, name, self._total)
        return _sum_of_windows(self._reaching, plan, rows, name, self._total)


def _sum_of_windows(
    tiles: Sequence[Tile], plan: Plan, rows: Rows, name: WindowName, total: float
) -> npt.NDArray[np.float32]:
    covered = np.zeros((rows.count, plan.width), np.float32)
    for tile in tiles:
        top, bottom = max(tile.top, rows.top), min(tile.top + tile.height, rows.bottom)
        if top < bottom:
            weights = window(name, tile.height, tile.width)
            part = covered[top - rows.top : bottom - rows.top, tile.left : tile.left + tile.width]
            part += weights[top - tile.top : bottom - tile.top, : part.shape[1]]
    covered *= np.float32(total)
    return covered


@lru_cache(maxsize=_KEPT_PLANS)
def _kept_sum_of_windows(plan: Plan, name: WindowName, total: float) -> npt.NDArray[np.float32]:
    covered = _sum_of_windows(plan.tiles, plan, Rows(0, plan.height), name, total)
    covered.setflags(write=False)
    return covered
