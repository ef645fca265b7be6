"""One setting among those that take turns: what it has given so far, or why it dropped out."""

from __future__ import annotations

from forensics_rt.bench.gpu import gpu_state
from forensics_rt.bench.parity import Reference
from forensics_rt.bench.samples import Samples, TimedRun, TimedStream
from forensics_rt.bench.subject import Task
from forensics_rt.bench.worker import Worker
from forensics_rt.errors import BenchmarkError
from forensics_rt.system.closing import Closing


class BenchLane(Closing):
    """A setting that has been started, compared with the reference and warmed up.

    Args:
        task: The setting.
        reference: What its answers are held against, if anything.
        warm_up: Runs that do not count.

    Attributes:
        label: What the setting is called.
        failure: Why it dropped out; `None` while it goes on.

    Raises:
        BenchmarkError: If it cannot be started.
    """

    def __init__(self, task: Task, reference: Reference | None, warm_up: int) -> None:
        """Start it."""
        self.label = task.setting.label
        self.failure: str | None = None
        self._setting = task.setting
        self._runs: list[TimedRun] = []
        self._streams: list[TimedStream] = []
        before = gpu_state()
        self._worker = Worker(task)
        try:
            subject = self._worker.subject
            self._opened = subject.opened()
            self._parity = None
            if reference is not None:
                self._parity = reference.difference(map(subject.map, range(len(task.pages))))
            for number in range(warm_up):
                subject.run(number % len(task.pages))
        except BaseException:
            self._worker.close()
            raise
        self._gpu = gpu_state()
        used = [None if state is None else state.memory_used_mib for state in (before, self._gpu)]
        self._gpu_memory = None if used[0] is None or used[1] is None else used[1] - used[0]

    def take_turn(self, image: int | None) -> None:
        """Measure one image, or all as a stream for `None`; a failure ends the lane."""
        if self.failure is not None:
            return
        try:
            if image is not None:
                self._runs.append(self._worker.subject.run(image))
            else:
                self._streams.append(self._worker.subject.stream())
                self._gpu = gpu_state()  # now: while others take their turn its clock falls
        except BenchmarkError as error:
            self.failure = str(error)

    def finish(self) -> Samples | None:
        """Return what was measured; `None` after a failure."""
        if self.failure is not None:
            return None
        return Samples(
            setting=self._setting,
            opened=self._opened,
            runs=tuple(self._runs),
            streams=tuple(self._streams),
            peak_rss=self._worker.subject.peak_rss(),
            gpu=self._gpu,
            gpu_memory_mib=self._gpu_memory,
            parity=self._parity,
        )

    def close(self) -> None:
        """End its process."""
        self._worker.close()
