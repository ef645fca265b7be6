"""An image through the members with all but the engine on the host, in numpy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.inference.engine_thread import Answers, Tiles, answers_in_order
from forensics_rt.inference.maps import Merged
from forensics_rt.inference.timing import StageClock
from forensics_rt.plan.by_recipe import merger_for
from forensics_rt.plan.gather import gather_batch
from forensics_rt.plan.merge import BlendMerger
from forensics_rt.plan.schedule import Batch, first_look, schedule
from forensics_rt.plan.score import image_score
from forensics_rt.plan.tiling import Plan, inside_image
from forensics_rt.recipe import Recipe


class HostWay:
    """Gathers tiles, runs the backend and merges its answers. Thread-safe.

    Args:
        backend: What runs the networks.
        recipe: How tiles are turned, weighted and merged.
        weights: Of the members that vote.
        screen: Index of the screen network, where the recipe screens.
    """

    def __init__(
        self, backend: Backend, recipe: Recipe, weights: Sequence[float], screen: int = 0
    ) -> None:
        """Take nothing yet."""
        self._backend = backend
        self._recipe = recipe
        self._weights = weights
        self._screen = screen

    def __call__(
        self,
        pixels: npt.NDArray[np.uint8],
        plan: Plan,
        clock: StageClock,
        engine: Executor | None = None,
    ) -> Merged:
        """Take one image through.

        Answers are merged in the order of the schedule, with or without a thread for the engine:
        the maps are the same to the bit.

        Args:
            pixels: H×W×3 uint8 RGB.
            plan: Its tiles.
            clock: Takes the time of `gather`, `engine`, `merge` and `finish`.
            engine: Where the backend is called: while a batch is there, the next one is gathered
                and the last one merged. `None` for this thread, one after the other.

        Raises:
            EngineFailed: If the engine fails or gives values that are not finite.
        """
        merger = merger_for(self._recipe, plan, self._weights)
        seen = plan
        # A recipe that screens blends, and none is fitted to a bundle without a screen.
        if isinstance(merger, BlendMerger) and self._recipe.exit_threshold is not None:
            seen = self._unclear(pixels, plan, merger, clock, engine)
        batches = schedule(
            seen, self._recipe.tta, len(self._weights), self._backend.capabilities.batch
        )
        for batch, answers in self._answers(pixels, batches, clock, engine):
            with clock.stage("merge"):
                for view, answer in zip(batch.views, answers, strict=True):
                    merger.add(batch.member, view, answer)
        with clock.stage("merge"):
            maps = merger.finish()
        with clock.stage("finish"):
            raw_score = image_score(maps.probability)
        clear = len(plan.tiles) - len(seen.tiles)
        return Merged(maps.probability, maps.uncertainty, raw_score, clear)

    def _unclear(
        self,
        pixels: npt.NDArray[np.uint8],
        plan: Plan,
        merger: BlendMerger,
        clock: StageClock,
        engine: Executor | None,
    ) -> Plan:
        """Let the screen settle the tiles that it finds clear; return the plan of the others."""
        limit, tiles = self._recipe.exit_threshold or 0.0, []
        batches = first_look(plan, self._screen, self._backend.capabilities.batch)
        for batch, answers in self._answers(pixels, batches, clock, engine):
            with clock.stage("merge"):
                for view, answer in zip(batch.views, answers, strict=True):
                    if answer[inside_image(plan, view.tile)].max() < limit:
                        merger.settle(view.tile, answer)
                    else:
                        tiles.append(view.tile)
        return replace(plan, tiles=tuple(tiles))

    def _answers(
        self,
        pixels: npt.NDArray[np.uint8],
        batches: Iterable[Batch],
        clock: StageClock,
        engine: Executor | None,
    ) -> Iterator[tuple[Batch, Answers]]:
        """Yield each batch with its answers, in order."""

        def gathered() -> Iterator[tuple[Batch, int, Tiles]]:
            for batch in batches:
                with clock.stage("gather"):
                    tiles = gather_batch(pixels, batch)
                yield batch, batch.member, tiles

        return answers_in_order(self._backend, gathered(), clock, engine)
