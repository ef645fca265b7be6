"""Images on a GPU: while one is computed, the next goes up and the last comes down."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any

from forensics_rt.backends.base import DeviceEngine
from forensics_rt.cuda.device_path import DevicePath, Pending
from forensics_rt.inference.base import Inferer, Lane, Result
from forensics_rt.inference.job import Job, Task
from forensics_rt.plan.maps import Maps
from forensics_rt.recipe import Recipe
from forensics_rt.system.leases import Leases
from forensics_rt.system.threads import open_pool


class CudaInferer(Inferer):
    """Takes images through a device. Thread-safe: each caller has a `DevicePath` of its own.

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
        self._paths = Leases(
            partial(DevicePath, engine.device, engine.infer, recipe, weights, batch_size)
        )
        with self._paths.lease():
            pass  # the first one, so that what cannot run is refused now

    def run(self, job: Job) -> Maps[Any]:
        """Return the maps of one image, which may be on the device, as its `request` wants them.

        Args:
            job: Its clock takes the time of `device`: the whole way up, through and down.

        Raises:
            InvalidArray: If the image is none, or not of the plan's size.
            EngineFailed: If the engine or CUDA fails, or answers are not finite.
        """
        if job.check is not None:
            job.check()
        with self._paths.lease() as path, job.clock.stage("device"):
            return path(job.image, job.plan, job.request)

    def close(self) -> None:
        """Drop the paths and their memory; none may be in use."""
        self._paths.drop()

    def open_lane(self, alone: bool = False, lasting: bool = False) -> Lane:
        """Start what one stream needs; see `Inferer.open_lane`."""
        del alone  # one path waits while the other computes, whatever comes
        return _CudaLane(self._paths)


@dataclass(frozen=True, eq=False)
class _Arrival:
    task: Task[Any]
    prepared: Future[Job | None]
    result: Future[Any]


@dataclass(frozen=True, eq=False)
class _OnDevice:
    arrival: _Arrival
    job: Job
    pending: Pending
    since: float


class _CudaLane(Lane):
    """One thread feeds the device in the order of the tasks, and takes its maps."""

    def __init__(self, paths: Leases[DevicePath]) -> None:
        self._arrivals: SimpleQueue[_Arrival | None] = SimpleQueue()
        self._peeked: deque[_Arrival | None] = deque()
        self._leaving = Event()
        self._last_out = 0.0
        with ExitStack() as held:
            self._path = held.enter_context(paths.lease())
            self._feeding = open_pool(1, "device")
            self._held = held.pop_all()
        self._feeding.submit(self._feed)

    def submit(self, task: Task[Result], prepared: Future[Job | None]) -> Future[Result]:
        result: Future[Result] = Future()
        self._arrivals.put(_Arrival(task, prepared, result))
        return result

    def stop(self) -> None:
        self._leaving.set()
        self._arrivals.put(None)

    def close(self) -> None:
        self._feeding.shutdown()
        self._held.close()

    def _feed(self) -> None:
        before: _OnDevice | None = None
        while True:
            if before is not None and not self._next_is_ready():
                # Nothing can go up now, and its consumer may wait for it before it gives more.
                self._hand_out(before)
                before = None
            arrival = self._peeked.popleft() if self._peeked else self._arrivals.get()
            if arrival is None or self._leaving.is_set():
                break
            started = self._start(arrival)
            if started is None:
                continue
            if before is not None:
                self._hand_out(before)
            before = started
        if before is not None:
            self._path.abandon(before.pending.lane)

    def _next_is_ready(self) -> bool:
        if not self._peeked:
            try:
                self._peeked.append(self._arrivals.get_nowait())
            except Empty:
                return False
        following = self._peeked[0]
        return following is None or following.prepared.done()

    def _start(self, arrival: _Arrival) -> _OnDevice | None:
        """Send an image up; `None` where it is concluded already."""
        try:
            job = arrival.prepared.result()
            since = time.perf_counter()
            if job is None:
                arrival.result.set_result(arrival.task.conclude(None))
                return None
            if job.check is not None:
                job.check()
            pending = self._path.submit(job.image, job.plan, job.request)
        except Exception as error:
            _fail(arrival, error)
            return None
        return _OnDevice(arrival, job, pending, since)

    def _hand_out(self, image: _OnDevice) -> None:
        arrival = image.arrival
        try:
            maps = self._path.collect(image.pending)
            now = time.perf_counter()
            # So that the times of several images never overlap.
            since, self._last_out = max(image.since, self._last_out), now
            image.job.clock.add("device", now - since)
            arrival.result.set_result(arrival.task.conclude(maps))
        except Exception as error:
            _fail(arrival, error)


def _fail(arrival: _Arrival, error: Exception) -> None:
    try:
        arrival.result.set_result(arrival.task.fail(error))
    except BaseException as raised:  # whoever waits for the result must hear of it
        arrival.result.set_exception(raised)
