"""The workers of a run as actors of Ray: started, asked, replaced when they die."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from forensics_rt.distributed.units import Unit
from forensics_rt.distributed.worker import Worker, WorkerSetup
from forensics_rt.errors import BackendError, DistributedError
from forensics_rt.io.optional import load_optional

_MOST_FAILED_STARTS = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a worker answered.

    Attributes:
        worker: Its name.
        kind: What it was asked; `died` if it answers nothing more.
        value: The answer; of `died` why, as an exception.
        unit: Of which unit.
    """

    worker: str
    kind: Literal["start", "read", "compute", "died"]
    value: Any
    unit: int | None = None


@dataclass
class _Asked:
    worker: str
    kind: Literal["start", "read", "compute"]
    unit: int | None = None


@dataclass
class WorkerPool:
    """Keeps a number of workers.

    Args:
        setup: What each is started with.
        size: How many.
        resources: What each is to have of Ray, such as `{"num_cpus": 2}`.
    """

    setup: WorkerSetup
    size: int
    resources: dict[str, float]
    ready: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        """Ask for the workers."""
        self._ray = load_optional("ray", "ray", "a run on Ray")
        self._actors: dict[str, Any] = {}
        self._asked: dict[Any, _Asked] = {}
        self._started = self._failed_starts = 0
        self._is_first = True
        # What the first measures of number formats its machine keeps for those after it: if all
        # measured at once, they might choose differently.
        self._start_one()

    def ask_read(self, worker: str, unit: Unit, filesystems: Sequence[Any]) -> None:
        """Have a worker read a unit."""
        # The same object for all files of a store, so that comparing them is cheap.
        number_of = {id(filesystem): number for number, filesystem in enumerate(filesystems)}
        files = [
            (number_of[id(file.place.filesystem)], file.place.path, file.name)
            for file in unit.files
        ]
        asked = self._actors[worker].read.remote(unit.number, files)
        self._asked[asked] = _Asked(worker, "read", unit.number)

    def ask_compute(self, worker: str, number: int, places: list[int], checked: bool) -> None:
        """Have a worker compute files of a unit that it has read; drop it if there are none."""
        actor = self._actors[worker]
        if not places:
            actor.forget.remote(number)
            return
        asked = actor.compute.remote(number, places, checked)
        self._asked[asked] = _Asked(worker, "compute", number)

    def answers(self, seconds: float) -> Iterator[Answer]:
        """Wait for answers, and yield those that are there.

        A worker that died comes once, whatever it was asked, and is replaced.

        Args:
            seconds: How long to wait.

        Raises:
            DistributedError: If workers die again and again before they are ready.
            Exception: What a worker raised, if that is no death.
        """
        some, _ = self._ray.wait(list(self._asked), num_returns=1, timeout=seconds)
        done, _ = self._ray.wait(list(self._asked), num_returns=len(self._asked), timeout=0)
        for ref in done or some:
            asked = self._asked.pop(ref, None)
            if asked is not None:  # else its worker died a moment ago
                yield self._answer(ref, asked)

    def peak_memory(self) -> list[int]:
        """Return the most bytes of memory of each worker that answers."""
        asked = [self._actors[name].peak_memory.remote() for name in sorted(self.ready)]
        done, _ = self._ray.wait(asked, num_returns=len(asked), timeout=10) if asked else ([], [])
        return [self._ray.get(one) for one in done]

    def close(self) -> None:
        """End all workers."""
        for actor in self._actors.values():
            self._ray.kill(actor)
        self._actors.clear()

    def _answer(self, ref: Any, asked: _Asked) -> Answer:
        errors = self._ray.exceptions
        try:
            value = self._ray.get(ref)
        except (errors.RayActorError, errors.NodeDiedError, errors.ObjectLostError) as error:
            return self._bury(asked.worker, error)
        except errors.RayTaskError as error:
            if asked.kind != "start" and isinstance(error.cause, BackendError):
                return self._bury(asked.worker, error.cause)
            raise error.cause if isinstance(error.cause, Exception) else error from None
        if asked.kind == "start":
            self.ready.add(asked.worker)
            self._failed_starts = 0
            if self._is_first:
                self._is_first = False
                for _ in range(self.size - 1):
                    self._start_one()
        return Answer(asked.worker, asked.kind, value, asked.unit)

    def _bury(self, worker: str, why: Exception) -> Answer:
        was_ready = worker in self.ready
        self.ready.discard(worker)
        self._ray.kill(self._actors.pop(worker))  # if it only seemed dead
        self._asked = {ref: one for ref, one in self._asked.items() if one.worker != worker}
        self._failed_starts += not was_ready
        if self._failed_starts > _MOST_FAILED_STARTS:
            raise DistributedError(
                f"{self._failed_starts} workers died one after the other before they were ready; "
                f"look at the memory of the machines and the logs of Ray. The last: {why}"
            ) from why
        _log.info("worker %s died and is replaced: %s", worker, str(why).split("\n")[0])
        self._start_one()
        return Answer(worker, "died", why)

    def _start_one(self) -> None:
        self._started += 1
        name = f"worker-{self._started}"
        # Ray's own retries have no end and do not say which file was to blame.
        options = {"max_restarts": 0, "max_task_retries": 0, "max_concurrency": 4}
        actor = self._ray.remote(Worker).options(**options, **self.resources).remote(self.setup)
        self._actors[name] = actor
        self._asked[actor.start.remote()] = _Asked(name, "start")
