"""A task whose result an earlier run may have written already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from forensics_rt.cli.outcome import Outcome
from forensics_rt.image_task import ImageTask
from forensics_rt.inference.job import Job, Task
from forensics_rt.plan.maps import Maps
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure

RunResult: TypeAlias = "Detection | Failure | Outcome"


@dataclass(eq=False)
class ResumedTask(Task[RunResult]):
    """Takes the earlier result where there is one, and else examines the image.

    Attributes:
        task: The image.
        find: Returns its earlier result, or `None`; called on a decoding thread.
    """

    task: ImageTask
    find: Callable[[], Outcome | None]
    _earlier: Outcome | None = field(default=None, init=False)

    def weight(self) -> int | None:
        """Return the image's pixels."""
        return self.task.weight()

    def prepare(self) -> Job | None:
        """Look for the earlier result; without one, decode and plan."""
        self._earlier = self.find()
        return None if self._earlier is not None else self.task.prepare()

    def conclude(self, maps: Maps[Any] | None) -> RunResult:
        """Return the earlier result, or the detection."""
        return self._earlier or self.task.conclude(maps)

    def fail(self, error: Exception) -> Failure:
        """Return what comes in place of a detection."""
        return self.task.fail(error)
