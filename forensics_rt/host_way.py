"""An image through the members with all but the engine on the host, in numpy."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.merged import Merged
from forensics_rt.plan.by_recipe import merger_for
from forensics_rt.plan.gather import gather
from forensics_rt.plan.merge import Merger
from forensics_rt.plan.schedule import Batch, schedule
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
        batch_size = self._backend.capabilities.batch
        ahead = 0 if engine is None else 1
        under_way: deque[_Answer] = deque()
        try:
            for batch in schedule(plan, self._recipe.symmetries, len(self._weights), batch_size):
                with clock.stage("gather"):
                    images = self._gather(pixels, plan, batch)
                under_way.append(_Answer(self._backend, batch, images, engine))
                if len(under_way) > ahead:
                    under_way.popleft().merge_into(merger, clock)
            while under_way:
                under_way.popleft().merge_into(merger, clock)
        finally:
            for answer in under_way:  # of an image that failed
                answer.cancel()
        with clock.stage("merge"):
            maps = merger.finish()
        with clock.stage("finish"):
            evidence = image_score(maps.probability)
        return Merged(maps.probability, maps.disagreement, evidence)

    def _gather(
        self, pixels: npt.NDArray[np.uint8], plan: Plan, batch: Batch
    ) -> npt.NDArray[np.uint8]:
        size = plan.tile_size
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

    def merge_into(self, merger: Merger, clock: StageClock) -> None:
        # Waiting for the engine's turn is nobody's time: the engine is at a neighbour's batch.
        answers, seconds = self._found if self._future is None else self._future.result()
        clock.add("engine", seconds)
        with clock.stage("merge"):
            for view, answer in zip(self._batch.views, answers, strict=True):
                merger.add(self._batch.member, view, answer)

    def cancel(self) -> None:
        if self._future is not None:
            self._future.cancel()


def _infer(
    backend: Backend, member: int, images: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float32], float]:
    start = time.perf_counter()
    answers = backend.infer(member, images)
    return answers, time.perf_counter() - start
