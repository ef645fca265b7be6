"""An image through the members on a device: up once as pixels, down once as maps."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, DeviceEngine
from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.cuda.request import DeviceMaps, MapRequest
from forensics_rt.inference.maps import Merged
from forensics_rt.inference.timing import StageClock
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe

Tag = TypeVar("Tag")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Job(Generic[Tag]):
    """One image of a stream, or the place of one that could not be had.

    Attributes:
        tag: The caller's own, handed back with the result.
        work: Pixels (H×W×3 uint8 RGB) and tiles; `None` where there is nothing to compute.
    """

    tag: Tag
    work: tuple[npt.NDArray[np.uint8], Plan] | None


@dataclass(frozen=True, eq=False)
class Done(Generic[Tag]):
    """What became of a job.

    Attributes:
        tag: The job's.
        found: The maps, the error, or `None` where there was nothing to compute.
        seconds: In which it had the device: from being taken from the source, or from when the one
            before it was handed out, whichever is later, to being handed out.
    """

    tag: Tag
    found: Merged | Exception | None
    seconds: float


class DeviceWay:
    """Takes images through a device. Thread-safe: each caller has a `DevicePath` of its own.

    Paths are kept, and with them their memory: there are as many as callers at one time.

    Args:
        engine: The device, and what runs the members there.
        recipe: How tiles are turned, weighted and merged; it blends.
        weights: Of the members that vote.
        batch_size: Most views in one call of the engine.

    Raises:
        RecipeError: If the recipe does not blend.
    """

    def __init__(
        self, engine: DeviceEngine, recipe: Recipe, weights: Sequence[float], batch_size: int
    ) -> None:
        """Make the first path."""
        self._engine = engine
        self._recipe = recipe
        self._weights = weights
        self._batch_size = batch_size
        self._idle: SimpleQueue[DevicePath] = SimpleQueue()
        self._idle.put(self._make())

    def __call__(self, pixels: npt.NDArray[np.uint8], plan: Plan, clock: StageClock) -> Merged:
        """Take one image through.

        Args:
            pixels: H×W×3 uint8 RGB.
            plan: Its tiles.
            clock: Takes the time of `device`, the whole way up, through and down.

        Raises:
            EngineFailed: If the engine or CUDA fails, or answers are not finite.
        """
        with clock.stage("device"):
            return _merged(self.maps(pixels, plan))

    def maps(self, image: Any, plan: Plan, request: MapRequest | None = None) -> DeviceMaps:
        """Take one image through, from where it lies, and leave its maps where they are wanted.

        Args:
            image: H×W×3 uint8 RGB, a numpy array or an array on the device.
            plan: Its tiles.
            request: What is wanted; `None` for float32 maps on the host.

        Raises:
            InvalidArray: If the image is none, or not of the plan's size.
            EngineFailed: If the engine or CUDA fails, or answers are not finite.
        """
        with self._lease() as path:
            return path(image, plan, request)

    def stream(self, jobs: Iterable[Job[Tag] | None]) -> Generator[Done[Tag], None, None]:
        """Yield what became of each job, in order; one is computed while others are copied.

        An image that fails does not end the stream.

        Args:
            jobs: Read lazily, one ahead. `None` says that no job is ready: what is under way is
                handed out before the next one is asked for.
        """
        queue = _Queue(jobs)
        with self._lease() as path:
            while not queue.ended:
                try:
                    with closing(_generator(path.stream(queue.images()))) as results:
                        for maps in results:
                            yield from queue.done_before()
                            yield queue.done(_merged(maps))
                    yield from queue.done_before()
                except Exception as error:  # memory of the host may be wanting, too
                    yield from queue.done_before()
                    if not queue.waiting:  # the source itself failed
                        raise
                    # Images come out in order, so it is the first of those under way.
                    yield queue.done(error)
                    queue.rewind()

    def close(self) -> None:
        """Drop the paths and their memory; none may be in use."""
        while True:
            try:
                self._idle.get_nowait()
            except Empty:
                return

    def _make(self) -> DevicePath:
        engine = self._engine
        return DevicePath(
            engine.device, engine.infer, self._recipe, self._weights, self._batch_size
        )

    @contextmanager
    def _lease(self) -> Iterator[DevicePath]:
        try:
            path = self._idle.get_nowait()
        except Empty:
            path = self._make()
        try:
            yield path
        finally:
            self._idle.put(path)


def open_device_way(backend: Backend, recipe: Recipe, weights: Sequence[float]) -> DeviceWay | None:
    """Return the way on a backend's device; `None`, with a warning, where the recipe has none.

    `tianchi-fft2` overwrites and rounds in 8 bits and is there to compare with the original, and a
    recipe that screens decides from tile to tile what comes next: both are merged on the host,
    whatever runs the members.

    Args:
        backend: What runs the members.
        recipe: How tiles are turned, weighted and merged.
        weights: Of the members that vote.
    """
    if backend.on_device is None:
        return None
    if recipe.merge != "blend" or recipe.exit_threshold is not None:
        _log.warning(
            "recipe %r %s, which runs on the CPU only: tiles are cut and merged on the host, the "
            "engine runs on %s",
            recipe.name,
            "screens tiles" if recipe.merge == "blend" else f"merges by {recipe.merge!r}",
            backend.capabilities.device,
        )
        return None
    return DeviceWay(backend.on_device, recipe, weights, backend.capabilities.batch)


class _Queue(Generic[Tag]):
    """Jobs on their way, in order, those without work among them."""

    def __init__(self, jobs: Iterable[Job[Tag] | None]) -> None:
        self._source = iter(jobs)
        self._exhausted = False
        self._again: deque[Job[Tag]] = deque()
        self._last_out = 0.0
        self.waiting: deque[tuple[Job[Tag], float]] = deque()

    @property
    def ended(self) -> bool:
        return self._exhausted and not self._again

    def images(self) -> Iterator[tuple[Any, Plan]]:
        while not self.ended:
            job = self._next()
            if job is not None:
                self.waiting.append((job, time.perf_counter()))
                if job.work is not None:
                    yield job.work
            elif self.waiting:
                return

    def _next(self) -> Job[Tag] | None:
        if self._again:
            return self._again.popleft()
        try:
            return next(self._source)
        except StopIteration:
            self._exhausted = True
            return None

    def done(self, found: Merged | Exception | None) -> Done[Tag]:
        job, taken = self.waiting.popleft()
        now = time.perf_counter()
        since, self._last_out = max(taken, self._last_out), now
        return Done(job.tag, found, now - since)

    def done_before(self) -> Iterator[Done[Tag]]:
        while self.waiting and self.waiting[0][0].work is None:
            yield self.done(None)

    def rewind(self) -> None:
        self._again.extendleft(job for job, _ in reversed(self.waiting))
        self.waiting.clear()


def _merged(maps: DeviceMaps) -> Merged:
    # On the host and float32, as nothing else was asked for.
    probability = cast("npt.NDArray[np.float32]", maps.probability)
    uncertainty = cast("npt.NDArray[np.float32] | None", maps.uncertainty)
    return Merged(probability, uncertainty, maps.raw_score)


def _generator(results: Iterator[DeviceMaps]) -> Generator[DeviceMaps, None, None]:
    # Closed before the path is given back: left early, it has images under way.
    return cast("Generator[DeviceMaps, None, None]", results)
