"""The near end of a measuring process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, TypeVar, cast

from pydantic import TypeAdapter

import forensics_rt
from forensics_rt.bench.samples import Opened, TimedRun, TimedStream
from forensics_rt.bench.task import Task
from forensics_rt.errors import BenchmarkError
from forensics_rt.system.closing import Closing

Answer = TypeVar("Answer")
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
            encoding="utf-8",
        )
        # Pipes, as asked for just above.
        self._commands = cast("IO[str]", self._process.stdin)
        self._answers = cast("IO[str]", self._process.stdout)
        try:
            self._ask(TypeAdapter(Task).dump_json(task).decode(), TypeAdapter[Any](None))
        except BaseException:
            self.close()
            raise

    def opened(self) -> Opened:
        """Run every image once and say what the setting turned out to be."""
        return self._ask("opened", TypeAdapter(Opened))

    def run(self, image: int) -> TimedRun:
        """Measure one image alone, by its index."""
        return self._ask(f"run {image}", TypeAdapter(TimedRun))

    def stream(self) -> TimedStream:
        """Measure all images as a stream."""
        return self._ask("stream", TypeAdapter(TimedStream))

    def map(self, image: int) -> None:
        """Have map and mask of one image written into the task's folder, see `answers`."""
        self._ask(f"map {image}", TypeAdapter[Any](None))

    def peak_rss(self) -> int | None:
        """Return the most memory that the process ever had, in bytes."""
        kind: TypeAdapter[int | None] = TypeAdapter(int | None)
        return self._ask("peak_rss", kind)

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(BrokenPipeError):
            self._commands.close()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()

    def _ask(self, line: str, kind: TypeAdapter[Answer]) -> Answer:
        try:
            self._commands.write(line + "\n")
            self._commands.flush()
            verdict, _, content = self._answers.readline().partition(" ")
        except BrokenPipeError:
            verdict = content = ""
        if verdict == "error":
            raise BenchmarkError(json.loads(content))
        if verdict != "ok":
            code = self._process.wait()
            raise BenchmarkError(
                f"the process that ran {self._label} ended with exit code {code}; its "
                "messages are on standard error"
            )
        return kind.validate_json(content)


def _environment() -> dict[str, str]:
    # The child finds this very package, wherever it is started from.
    here = str(Path(forensics_rt.__file__).parents[1])
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
