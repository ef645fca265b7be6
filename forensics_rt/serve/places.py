"""An image in the queue."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias

from forensics_rt.image_task import ImageTask
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure
from forensics_rt.serve.calls import Call

Outcome: TypeAlias = "Detection | Failure"


@dataclass(eq=False)
class Place:
    """An image in the queue.

    Attributes:
        task: Takes it through decoding and the engine.
        call: Whether it is still wanted.
        since: When it came, in the seconds of `time.monotonic`.
        result: What becomes of it.
    """

    task: ImageTask
    call: Call
    since: float = field(default_factory=time.monotonic)
    result: Future[Outcome] = field(default_factory=Future)

    def __post_init__(self) -> None:
        # Whoever stops waiting must not cancel it: the work ends by `stop`, and sets it.
        self.result.set_running_or_notify_cancel()
