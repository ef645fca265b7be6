"""The near end of a measuring process."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import forensics_rt
from forensics_rt.bench.subject import Subject, Task
from forensics_rt.errors import BenchmarkError
from forensics_rt.system.closing import Closing

_PATIENCE_SECONDS = 5


class _Remote:
    """Has methods of every name, which are carried out elsewhere."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return partial(self._call, method)


class Worker(Closing):
    """Has one setting measured in a process of its own; see `bench.child`.

    Args:
        task: What to measure.

    Attributes:
        subject: What is measured; its methods are carried out in the process.

    Raises:
        BenchmarkError: If the setting cannot run; also by each method, if the process fails.
    """

    def __init__(self, task: Task) -> None:
        """Start the process, open the setting and run the first image."""
        self.subject = cast("Subject", _Remote(lambda *call: self._ask(call)))
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
                f"the process that ran {self._label} ended with exit code {code}; its "
                "messages are on standard error"
            ) from None
        if verdict == "error":
            raise BenchmarkError(found)
        return found


def _environment() -> dict[str, str]:
    # The child finds this very package, wherever it is started from.
    here = str(Path(forensics_rt.__file__).parents[1])
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
