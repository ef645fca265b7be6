"""A task whose result an earlier run may have written already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from forensics_rt.cli.outcome import Outcome
from forensics_rt.image_task import ImageTask
from forensics_rt.inference.job import Job, Task
from forensics_rt.plan.maps import Maps
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure

RunResult: TypeAlias = "Detection | Failure | Outcome"


class ResumedTask(Task[RunResult]):
    """Takes the earlier result where there is one, and else examines the image.

    Args:
        task: The image.
        find: Returns its earlier result, or `None`; called on a decoding thread.
    """

    def __init__(self, task: ImageTask, find: Callable[[], Outcome | None]) -> None:
        """Look for nothing yet."""
        self._task = task
        self._find = find
        self._earlier: Outcome | None = None

    def weight(self) -> int | None:
        """Return the image's pixels."""
        return self._task.weight()

    def prepare(self) -> Job | None:
        """Look for the earlier result; without one, decode and plan."""
        self._earlier = self._find()
        return None if self._earlier is not None else self._task.prepare()

    def conclude(self, maps: Maps[Any] | None) -> RunResult:
        """Return the earlier result, or the detection."""
        return self._earlier or self._task.conclude(maps)

    def fail(self, error: Exception) -> Failure:
        """Return what comes in place of a detection."""
        return self._task.fail(error)
