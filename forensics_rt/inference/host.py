"""Images that are in memory, with all but the engine in numpy."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from forensics_rt.backends.base import Backend
from forensics_rt.errors import BackendUnavailable
from forensics_rt.inference.base import Inferer, Lane, Result, conclude
from forensics_rt.inference.batches import open_engine_threads
from forensics_rt.inference.job import Job, Task
from forensics_rt.inference.tile_loop import TileLoop
from forensics_rt.plan.bands import whole_band
from forensics_rt.plan.maps import HostMaps
from forensics_rt.plan.score import image_score
from forensics_rt.system.threads import open_pool

if TYPE_CHECKING:
    from forensics_rt.cuda.request import MapRequest

# While one image is in the engine, the other is gathered, merged and finished.
_COMPUTERS = 2


class HostInferer(Inferer):
    """A whole image is one band of the tile loop. Thread-safe.

    Args:
        loop: Gathers, runs the backend, and merges.
    """

    def __init__(self, loop: TileLoop) -> None:
        self._loop = loop
        self._alone = replace(loop, alone=True)

    def run(self, job: Job, engine: Executor | None = None) -> HostMaps:
        """Return the maps of one image.

        Answers are merged in the order of the schedule, with or without a thread for the engine:
        the maps are the same to the bit.

        Args:
            job: Its image is a numpy array; its clock takes the time of `gather`, `engine`, `merge`
                and `finish`.
            engine: Where the backend is called; `None` for threads of its own, or for this thread
                where there is but one tile.

        Raises:
            EngineFailed: If the engine fails or gives values that are not finite.
            BackendUnavailable: If the job wants other maps than float32 on the host.
        """
        refuse_request(job.request, self._loop)
        if engine is not None:
            return self._run(job, self._loop, engine)
        if self._loop.views(job.plan) == 1 or self._loop.backend.capabilities.side_by_side == 1:
            return self._run(job, self._alone, None)
        with open_engine_threads(self._loop.backend) as own:
            return self._run(job, self._loop, own)

    def run_the_only_one(self, job: Job) -> HostMaps:
        """Return the maps of an image that no other follows: as `run`, to the bit.

        Its tiles come alone, one after the other: to compile for two side by side takes longer than
        they save.

        Raises:
            ForensicsError: As `run`.
        """
        refuse_request(job.request, self._loop)
        with open_pool(1, "engine") as engine:
            return self._run(job, self._alone, engine)

    def _run(self, job: Job, loop: TileLoop, engine: Executor | None) -> HostMaps:
        pixels, plan, clock = job.image, job.plan, job.clock
        (maps,) = loop.rows(
            lambda rows: pixels[rows.top : rows.bottom],
            plan,
            (whole_band(plan),),
            plan.height,
            clock,
            engine,
            job.check,
            job.coefficients,
        )
        with clock.stage("finish"):
            raw_score = image_score(maps.probability)
        return replace(maps, raw_score=raw_score)

    @property
    def backend(self) -> Backend:
        """What runs the networks."""
        return self._loop.backend

    def close(self) -> None:
        """Hold on to nothing: the backend is its owner's to close."""

    def has_one_view(self, job: Job) -> bool:
        """Return whether an image is done with one call of the backend."""
        return self._loop.views(job.plan) == 1

    def open_lane(self, alone: bool = False, lasting: bool = False) -> Lane:
        """Start what one stream needs; see `Inferer.open_lane`."""
        return _HostLane(self, alone, lasting)


class _HostLane(Lane):
    """Two images computed in turn, and the engine's threads for both.

    Args:
        inferer: Computes them.
        alone: Whether there is one image at a time.
        lasting: Whether a tile that is alone in the lane gets the whole processor.
    """

    def __init__(self, inferer: HostInferer, alone: bool, lasting: bool) -> None:
        self._inferer = inferer
        self._alone = alone
        self._lasting = lasting
        self._counting = Lock()
        self._under_way = 0
        self._engine = open_engine_threads(inferer.backend)
        try:
            self._computing = open_pool(_COMPUTERS, "compute")
        except BaseException:
            self._engine.shutdown()
            raise

    def submit(self, task: Task[Result], prepared: Future[Job | None]) -> Future[Result]:
        with self._counting:
            self._under_way += 1
        return self._computing.submit(self._conclude, task, prepared)

    def _conclude(self, task: Task[Result], prepared: Future[Job | None]) -> Result:
        try:
            return conclude(task, prepared, self._run)
        finally:  # before the result is there: whoever gets it may send the next image
            with self._counting:
                self._under_way -= 1

    def _run(self, job: Job) -> HostMaps:
        if self._alone:
            return self._inferer.run_the_only_one(job)
        # One that comes meanwhile waits for no more than this tile.
        if self._lasting and self._under_way == 1 and self._inferer.has_one_view(job):
            return self._inferer.run(job)
        return self._inferer.run(job, self._engine)

    def stop(self) -> None:
        # First of all, so that an image of a thousand tiles ends with its present one.
        self._engine.shutdown(wait=False, cancel_futures=True)
        self._computing.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        self._computing.shutdown()
        self._engine.shutdown()


def refuse_request(request: MapRequest | None, loop: TileLoop) -> None:
    """Refuse maps that the host does not make.

    Raises:
        BackendUnavailable: If a form of the maps is asked for.
    """
    if request is not None:
        uses = loop.backend.capabilities
        raise BackendUnavailable(
            f"recipe {loop.recipe.name!r} on backend {uses.name!r} ({uses.device}) merges its maps "
            "on the host; call the detector itself, or open it with device='cuda', a recipe that "
            "blends and is no cascade, and cuda-core"
        )
