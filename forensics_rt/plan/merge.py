"""From the answers of tiles to one map: weighted mean and uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Plan, Tile, inside_image
from forensics_rt.plan.tta import INVERSE
from forensics_rt.plan.turn import turn
from forensics_rt.plan.window import window
from forensics_rt.recipe import WindowName

# Pages of one scanner are of one size: what depends on the plan alone is kept, 96 MB at most.
_KEPT_PLANS = 2
_MOST_KEPT_PIXELS = 12_000_000


@dataclass(frozen=True)
class MergedMap:
    """The answers of all tiles, symmetries and members as maps of the image.

    Attributes:
        probability: H×W float32 in [0, 1].
        uncertainty: H×W float32: standard deviation of all answers that a pixel got; `None` where
            one member under one symmetry leaves nothing to disagree.
    """

    probability: npt.NDArray[np.float32]
    uncertainty: npt.NDArray[np.float32] | None


class Merger(Protocol):
    """What takes answers one by one and gives the map at the end."""

    def add(self, member: int, view: View, probability: npt.NDArray[np.float32]) -> None:
        """Take the answer for one view: size×size, still turned."""
        ...

    def finish(self) -> MergedMap:
        """Return the map; called once, after the last `add`."""
        ...


class BlendMerger:
    """Weighted mean of overlapping tiles over symmetries and members, accumulated in float32.

    With weight `w` = window × member weight and answers `p` of a pixel, the probability is
    `Σwp / Σw` and the uncertainty `√(Σwp² / Σw − (Σwp / Σw)²)`.

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
        """Make the accumulators, zero."""
        self._plan = plan
        self._window_name = window_name
        self._total = sum(member_weights) * tta_count
        weights = window(window_name, plan.tile_size)
        self._windows = [weights * np.float32(weight) for weight in member_weights]
        # One for all answers: memory that is taken anew each time is paged in anew each time.
        self._scratch = np.empty((plan.tile_size, plan.tile_size), np.float32)
        shape = (plan.height, plan.width)
        self._sum = np.zeros(shape, np.float32)
        several = len(member_weights) * tta_count > 1
        self._sum_of_squares = np.zeros(shape, np.float32) if several else None

    def add(self, member: int, view: View, probability: npt.NDArray[np.float32]) -> None:
        """Add one answer, turned back and weighted."""
        place, inside = self._place(view.tile)
        upright = turn(INVERSE[view.symmetry], probability)[inside]
        weighted = np.multiply(upright, self._windows[member][inside], out=self._scratch[inside])
        self._sum[place] += weighted
        if self._sum_of_squares is not None:
            self._sum_of_squares[place] += np.multiply(weighted, upright, out=weighted)

    def settle(self, tile: Tile, probability: npt.NDArray[np.float32]) -> None:
        """Let one upright answer stand for those of all members and symmetries to a tile."""
        place, inside = self._place(tile)
        upright = probability[inside]
        weights = window(self._window_name, tile.size)[inside] * np.float32(self._total)
        self._sum[place] += weights * upright
        if self._sum_of_squares is not None:
            self._sum_of_squares[place] += weights * upright * upright

    def finish(self) -> MergedMap:
        """Divide by the weights that each pixel got, in place: this ends the merger."""
        weight = _weight_of_pixels(self._plan, self._window_name, self._total)
        probability = np.divide(self._sum, weight, out=self._sum)
        np.clip(probability, 0.0, 1.0, out=probability)
        if self._sum_of_squares is None:
            return MergedMap(probability, None)
        variance = np.divide(self._sum_of_squares, weight, out=self._sum_of_squares)
        variance -= probability * probability
        np.maximum(variance, 0.0, out=variance)
        return MergedMap(probability, np.sqrt(variance, out=variance))

    def _place(self, tile: Tile) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Return the part of the map under a tile, and the part of the tile over the map."""
        place = np.s_[tile.top : tile.top + tile.size, tile.left : tile.left + tile.size]
        return place, inside_image(self._plan, tile)


def _weight_of_pixels(plan: Plan, name: WindowName, total: float) -> npt.NDArray[np.float32]:
    if plan.height * plan.width > _MOST_KEPT_PIXELS:
        return _sum_of_windows(plan, name, total)
    return _kept_sum_of_windows(plan, name, total)


def _sum_of_windows(plan: Plan, name: WindowName, total: float) -> npt.NDArray[np.float32]:
    weights = window(name, plan.tile_size)
    covered = np.zeros((plan.height, plan.width), np.float32)
    for tile in plan.tiles:
        part = covered[tile.top : tile.top + tile.size, tile.left : tile.left + tile.size]
        part += weights[: part.shape[0], : part.shape[1]]
    covered *= np.float32(total)
    covered.setflags(write=False)
    return covered


@lru_cache(maxsize=_KEPT_PLANS)
def _kept_sum_of_windows(plan: Plan, name: WindowName, total: float) -> npt.NDArray[np.float32]:
    return _sum_of_windows(plan, name, total)
