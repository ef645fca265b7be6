"""An image through the members with all but the engine on the host, in numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.merged import Merged
from forensics_rt.plan.by_recipe import merger_for
from forensics_rt.plan.gather import gather
from forensics_rt.plan.schedule import schedule
from forensics_rt.plan.score import image_score
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe
from forensics_rt.stages import StageClock


class HostWay:
    """Gathers tiles, runs the backend and merges its answers. Thread-safe.

    Args:
        backend: What runs the members.
        recipe: How tiles are turned, weighted and merged.
        weights: Of the members that vote.
    """

    def __init__(self, backend: Backend, recipe: Recipe, weights: Sequence[float]) -> None:
        """Take nothing yet."""
        self._backend = backend
        self._recipe = recipe
        self._weights = weights

    def __call__(self, pixels: npt.NDArray[np.uint8], plan: Plan, clock: StageClock) -> Merged:
        """Take one image through.

        Args:
            pixels: H×W×3 uint8 RGB.
            plan: Its tiles.
            clock: Takes the time of `gather`, `engine`, `merge` and `finish`.

        Raises:
            EngineFailed: If the engine fails or gives values that are not finite.
        """
        merger = merger_for(self._recipe, plan, self._weights)
        size, symmetries = plan.tile_size, self._recipe.symmetries
        batch_size = self._backend.capabilities.batch
        for batch in schedule(plan, symmetries, len(self._weights), batch_size):
            with clock.stage("gather"):
                images = np.empty((len(batch.views), size, size, 3), np.uint8)
                for view, out in zip(batch.views, images, strict=True):
                    gather(pixels, view.tile, view.symmetry, out)
            with clock.stage("engine"):
                answers = self._backend.infer(batch.member, images)
            with clock.stage("merge"):
                for view, answer in zip(batch.views, answers, strict=True):
                    merger.add(batch.member, view, answer)
        with clock.stage("merge"):
            maps = merger.finish()
        with clock.stage("finish"):
            evidence = image_score(maps.probability)
        return Merged(maps.probability, maps.disagreement, evidence)
