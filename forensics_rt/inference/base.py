"""The port between an image with its plan and its maps: every face holds one and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

from forensics_rt.inference.ahead import Ahead
from forensics_rt.inference.job import Job, Task
from forensics_rt.inference.ordered import in_order
from forensics_rt.plan.maps import Maps
from forensics_rt.system.closing import Closing
from forensics_rt.system.threads import open_pool

Result = TypeVar("Result")


class Inferer(Closing):
    """Runs the members of a bundle over images. Thread-safe.

    Example:
        >>> inferer = open_inferer(backend, recipe, (1.0,))  # doctest: +SKIP
        >>> inferer.run(Job(pixels, plan)).probability  # doctest: +SKIP
    """

    @abstractmethod
    def run(self, job: Job) -> Maps[Any]:
        """Return the maps of one image.

        Raises:
            InvalidArray: If the image is none, or not of the plan's size.
            EngineFailed: If the engine or CUDA fails, or answers are not finite.
            BackendUnavailable: If the job wants its maps in a form that this inferer has not.
        """

    def stream(
        self, tasks: Iterable[Task[Result]], ahead: Ahead | None = None
    ) -> Generator[Result, None, None]:
        """Yield the result of each task, in order; preparing, inferring and your work overlap.

        The same maps as with `run`, to the bit. Leaving the generator early ends its threads after
        what they are at.

        Args:
            tasks: Jobs, or what becomes one; read lazily, on a thread of their own.
            ahead: How many may be under way; `None` for the default.

        Raises:
            Exception: What the tasks raise where they are read, or fail with, in its turn.
        """
        ahead = ahead or Ahead.resolve()
        decoding = open_pool(ahead.decoders, "decode")
        try:
            lane = self.open_lane(alone=ahead.images == 1)
        except BaseException:
            decoding.shutdown()
            raise

        def start(task: Task[Result]) -> Future[Result]:
            return lane.submit(task, decoding.submit(task.prepare))

        try:
            yield from in_order(tasks, start, ahead.bounds, ahead.weigh)
        finally:
            lane.stop()
            decoding.shutdown(cancel_futures=True)
            lane.close()

    @abstractmethod
    def open_lane(self, alone: bool = False, lasting: bool = False) -> Lane:
        """Start what one stream needs; a service keeps one for all its requests.

        Args:
            alone: Whether it will have one image at a time.
            lasting: Whether it will last so long that a second way through the engine, for an image
                that comes alone, is worth its preparation.
        """


class Lane(ABC):
    """What takes the tasks of one stream through an inferer."""

    @abstractmethod
    def submit(self, task: Task[Result], prepared: Future[Job | None]) -> Future[Result]:
        """Promise the result of a task that is being prepared; does not wait."""

    @abstractmethod
    def stop(self) -> None:
        """Begin nothing more; does not wait."""

    @abstractmethod
    def close(self) -> None:
        """Wait for what is under way, and give everything back; called after `stop`."""


def conclude(
    task: Task[Result], prepared: Future[Job | None], run: Callable[[Job], Maps[Any]]
) -> Result:
    """Wait for a task's job, run it, and return its result, whatever failed."""
    try:
        job = prepared.result()
        return task.conclude(None if job is None else run(job))
    except Exception as error:
        return task.fail(error)
