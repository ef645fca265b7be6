"""From the answers of tiles to a map that is finished from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.band_blend import BandBlend
from forensics_rt.plan.band_overwrite import BandOverwrite
from forensics_rt.plan.bands import Band
from forensics_rt.plan.merge import MergedMap
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe


class BandMerger(Protocol):
    """What takes the answers of one band after another and gives the rows that each finishes."""

    def open(self, band: Band) -> None:
        """Begin the next band; the rows of the one before have been taken."""
        ...

    def add(self, member: int, view: View, probability: npt.NDArray[np.float32]) -> None:
        """Take the answer for one view, in the order of `schedule`: size×size, still turned."""
        ...

    def finish(self, most_rows: int) -> Iterator[MergedMap]:
        """Yield the rows that the band finishes, from top to bottom, at most so many at a time."""
        ...


def band_merger_for(recipe: Recipe, plan: Plan, weights: Sequence[float]) -> BandMerger:
    """Return what collects the answers for one image band by band: `merger_for`'s twin.

    Args:
        recipe: The recipe.
        plan: The tiles.
        weights: Of the members that vote.
    """
    if recipe.merge == "tianchi-fft2":
        return BandOverwrite(plan, len(weights), recipe.tta)
    return BandBlend(plan, recipe.window, tuple(weights), len(recipe.tta))
