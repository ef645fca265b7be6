"""Running the child that builds an engine, and saying what became of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import export
from export.errors import ExportError
from export.tensorrt.order import EngineAnswer, EngineOrder

_TAIL_LINES = 12
CHILD = (sys.executable, "-m", "export.tensorrt.child")


def build_in_child(
    order: EngineOrder, folder: Path, timeout: float, child: Sequence[str] = CHILD
) -> EngineAnswer:
    """Let a process of its own build one engine.

    Args:
        order: What to build.
        folder: For the order and the child's log.
        timeout: Seconds after which the child is ended.
        child: Command that takes the order's path.

    Raises:
        ExportError: If the child refused, crashed, was killed or took too long, with the end of its
            log.
    """
    what = f"{order.kind} engine for tile {order.tile}"
    written, log = folder / "order.json", folder / "child.log"
    order.write(written)
    with log.open("wb") as stream:
        try:
            done = subprocess.run(
                [*child, str(written)],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=_environment(),
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ExportError(
                f"{what}: the build took longer than {timeout:g} s and was ended; raise "
                f"--engine-timeout{_tail(log)}"
            ) from None
    answer = EngineAnswer.read(Path(order.answer)) if Path(order.answer).is_file() else None
    if answer is None:
        raise ExportError(
            f"{what}: the building process {_ending(done.returncode)} and left no engine"
            f"{_tail(log)}"
        )
    if answer.error is not None:
        raise ExportError(f"{what}: {answer.error}")
    return answer


def _environment() -> dict[str, str]:
    """Return this process's variables, the folder that `export` lies in among those searched."""
    home = str(Path(export.__file__).parents[1])
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([home, known] if known else [home])}


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    if name == "SIGKILL":
        return "was killed (SIGKILL), as systems do when memory runs out,"
    return f"was ended by {name}"


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_TAIL_LINES:]
    return "".join(f"\n  {line}" for line in lines) and ":" + "".join(f"\n  {x}" for x in lines)
