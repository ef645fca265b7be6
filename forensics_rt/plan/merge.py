"""From the answers of tiles to one map: weighted mean and disagreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.schedule import View
from forensics_rt.plan.symmetry import undo
from forensics_rt.plan.tiling import Plan
from forensics_rt.plan.window import window
from forensics_rt.recipe import WindowName


@dataclass(frozen=True)
class MergedMap:
    """The answers of all tiles, symmetries and members as maps of the image.

    Attributes:
        probability: H×W float32 in [0, 1].
        disagreement: H×W float32: standard deviation of all answers that a pixel got; `None` where
            one member under one symmetry leaves nothing to disagree.
    """

    probability: npt.NDArray[np.float32]
    disagreement: npt.NDArray[np.float32] | None


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
    `Σwp / Σw` and the disagreement `√(Σwp² / Σw − (Σwp / Σw)²)`.

    Args:
        plan: The tiles of the image.
        window_name: Weight by place in the tile.
        member_weights: One weight a member that votes.
        symmetry_count: How many symmetries each tile is seen under.
    """

    def __init__(
        self,
        plan: Plan,
        window_name: WindowName,
        member_weights: Sequence[float],
        symmetry_count: int,
    ) -> None:
        """Make the accumulators, zero."""
        self._plan = plan
        self._window = window(window_name, plan.tile_size)
        self._member_weights = member_weights
        self._symmetry_count = symmetry_count
        shape = (plan.height, plan.width)
        self._sum = np.zeros(shape, np.float32)
        several = len(member_weights) * symmetry_count > 1
        self._sum_of_squares = np.zeros(shape, np.float32) if several else None

    def add(self, member: int, view: View, probability: npt.NDArray[np.float32]) -> None:
        """Add one answer, turned back and weighted."""
        tile = view.tile
        rows = slice(tile.top, min(tile.top + tile.size, self._plan.height))
        columns = slice(tile.left, min(tile.left + tile.size, self._plan.width))
        inside = np.s_[: rows.stop - rows.start, : columns.stop - columns.start]
        upright = undo(view.symmetry, probability)[inside]
        weighted = upright * (self._window[inside] * np.float32(self._member_weights[member]))
        self._sum[rows, columns] += weighted
        if self._sum_of_squares is not None:
            self._sum_of_squares[rows, columns] += weighted * upright

    def finish(self) -> MergedMap:
        """Divide by the weights that each pixel got."""
        weight = self._coverage()
        weight *= np.float32(sum(self._member_weights) * self._symmetry_count)
        probability = np.clip(self._sum / weight, 0.0, 1.0)
        if self._sum_of_squares is None:
            return MergedMap(probability, None)
        variance = self._sum_of_squares / weight - probability * probability
        return MergedMap(probability, np.sqrt(np.maximum(variance, 0.0)))

    def _coverage(self) -> npt.NDArray[np.float32]:
        covered = np.zeros_like(self._sum)
        for tile in self._plan.tiles:
            part = covered[tile.top : tile.top + tile.size, tile.left : tile.left + tile.size]
            part += self._window[: part.shape[0], : part.shape[1]]
        return covered
