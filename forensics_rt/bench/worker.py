"""The near end of a measuring process."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, cast

import forensics_rt
from forensics_rt.bench.answers import BenchAnswer
from forensics_rt.bench.samples import Opened, TimedRun, TimedStream
from forensics_rt.bench.subject import Task
from forensics_rt.errors import BenchmarkError
from forensics_rt.system.closing import Closing

_PATIENCE_SECONDS = 5


class Worker(Closing):
    """Has one setting measured in a process of its own; see `bench.child`.

    Args:
        task: What to measure.

    Raises:
        BenchmarkError: If the setting cannot run; also by each method, if the process fails.

    Example:
        >>> with Worker(task) as worker:  # doctest: +SKIP
        ...     worker.run(0).latency_seconds
    """

    def __init__(self, task: Task) -> None:
        """Start the process, open the setting and run the first image."""
        self._label = task.setting.label
        self._process = subprocess.Popen(
            [sys.executable, "-m", "forensics_rt.bench.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
        )
        # Pipes, as asked for just above.
        self._calls = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        try:
            self._ask(task)
        except BaseException:
            self.close()
            raise

    def opened(self) -> Opened:
        """Run every image once and say what the setting turned out to be."""
        opened: Opened = self._ask(("opened",))
        return opened

    def run(self, image: int) -> TimedRun:
        """Measure one image alone, by its index."""
        run: TimedRun = self._ask(("run", image))
        return run

    def stream(self) -> TimedStream:
        """Measure all images as a stream."""
        stream: TimedStream = self._ask(("stream",))
        return stream

    def map(self, image: int) -> BenchAnswer:
        """Return map and mask of one image."""
        answer: BenchAnswer = self._ask(("map", image))
        return answer

    def peak_rss(self) -> int | None:
        """Return the most memory that the process ever had, in bytes."""
        peak: int | None = self._ask(("peak_rss",))
        return peak

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(BrokenPipeError):
            self._calls.close()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()

    def _ask(self, call: Task | tuple[object, ...]) -> Any:
        try:
            pickle.dump(call, self._calls)
            self._calls.flush()
            verdict, found = pickle.load(self._answers)
        except (BrokenPipeError, EOFError, pickle.UnpicklingError):
            code = self._process.wait()
            raise BenchmarkError(
                f"the process that ran {self._label} ended with exit code {code}; what it said "
                "of it is on standard error"
            ) from None
        if verdict == "error":
            raise BenchmarkError(found)
        return found


def _environment() -> dict[str, str]:
    # The child finds this very package, wherever it is started from.
    here = str(Path(forensics_rt.__file__).parents[1])
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
