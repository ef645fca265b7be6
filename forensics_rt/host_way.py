"""An image through the members with all but the engine on the host, in numpy."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.merged import Merged
from forensics_rt.plan.by_recipe import merger_for
from forensics_rt.plan.gather import gather
from forensics_rt.plan.merge import BlendMerger
from forensics_rt.plan.schedule import Batch, first_look, schedule
from forensics_rt.plan.score import image_score
from forensics_rt.plan.tiling import Plan, inside_image
from forensics_rt.recipe import Recipe
from forensics_rt.stages import StageClock

_Map: TypeAlias = npt.NDArray[np.float32]


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
        if isinstance(merger, BlendMerger) and self._recipe.clear_below is not None:
            seen = self._unclear(pixels, plan, merger, clock, engine)
        batches = schedule(
            seen, self._recipe.symmetries, len(self._weights), self._backend.capabilities.batch
        )
        for batch, answers in self._answers(pixels, batches, clock, engine):
            with clock.stage("merge"):
                for view, answer in zip(batch.views, answers, strict=True):
                    merger.add(batch.member, view, answer)
        with clock.stage("merge"):
            maps = merger.finish()
        with clock.stage("finish"):
            evidence = image_score(maps.probability)
        clear = len(plan.tiles) - len(seen.tiles)
        return Merged(maps.probability, maps.disagreement, evidence, clear)

    def _unclear(
        self,
        pixels: npt.NDArray[np.uint8],
        plan: Plan,
        merger: BlendMerger,
        clock: StageClock,
        engine: Executor | None,
    ) -> Plan:
        """Let the screen settle the tiles that it finds clear; return the plan of the others."""
        limit, tiles = self._recipe.clear_below or 0.0, []
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
    ) -> Iterator[tuple[Batch, _Map]]:
        """Yield each batch with its answers, in order."""
        ahead = 0 if engine is None else 1
        under_way: deque[_Answer] = deque()
        try:
            for batch in batches:
                with clock.stage("gather"):
                    images = _gather(pixels, batch)
                under_way.append(_Answer(self._backend, batch, images, engine))
                if len(under_way) > ahead:
                    yield under_way.popleft().wait(clock)
            while under_way:
                yield under_way.popleft().wait(clock)
        finally:
            for answer in under_way:  # of an image that failed
                answer.cancel()


def _gather(pixels: npt.NDArray[np.uint8], batch: Batch) -> npt.NDArray[np.uint8]:
    size = batch.views[0].tile.size
    images = np.empty((len(batch.views), size, size, 3), np.uint8)
    for view, out in zip(batch.views, images, strict=True):
        gather(pixels, view.tile, view.symmetry, out)
    return images


def open_engine_thread() -> ThreadPoolExecutor:
    """Start the one thread from which the images of a stream call the backend, in turn.

    One call at a time: two at once would share the processor, and neither would be sooner done.
    """
    return ThreadPoolExecutor(1, "engine")


class _Answer:
    """What the backend says about a batch, at once or on its way."""

    def __init__(
        self,
        backend: Backend,
        batch: Batch,
        images: npt.NDArray[np.uint8],
        engine: Executor | None,
    ) -> None:
        self._batch = batch
        self._future: Future[tuple[npt.NDArray[np.float32], float]] | None = None
        if engine is None:
            self._found = _infer(backend, batch.member, images)
        else:
            self._future = engine.submit(_infer, backend, batch.member, images)

    def wait(self, clock: StageClock) -> tuple[Batch, _Map]:
        # Waiting for the engine's turn is nobody's time: the engine is at a neighbour's batch.
        answers, seconds = self._found if self._future is None else self._future.result()
        clock.add("engine", seconds)
        return self._batch, answers

    def cancel(self) -> None:
        if self._future is not None:
            self._future.cancel()


def _infer(
    backend: Backend, member: int, images: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float32], float]:
    start = time.perf_counter()
    answers = backend.infer(member, images)
    return answers, time.perf_counter() - start
