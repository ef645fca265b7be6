"""A process that measures one setting, so that its memory and CPU time are its own.

    python -m forensics_rt.bench.child

Reads a `Task` as one line of JSON, then commands: `opened`, `run INDEX`, `stream`, `map INDEX`,
`peak_rss`. Answers each with `ok JSON` or `error JSON`, one line; ends when its input does.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from forensics_rt.bench.pages import BenchPage
from forensics_rt.bench.subject import Subject
from forensics_rt.bench.task import Task
from forensics_rt.errors import ForensicsError
from forensics_rt.system.memory import peak_bytes

_ANY: TypeAdapter[Any] = TypeAdapter(Any)


def serve(lines: Iterable[str], answer: Callable[[str], None]) -> None:
    """Carry out a task and the commands after it.

    Args:
        lines: The task, then commands.
        answer: Takes one line for each.
    """
    subject: Subject | None = None
    for line in lines:
        try:
            found: object = None
            if subject is None:
                subject = _open(line)
            else:
                found = _obey(subject, line.split())
        except ForensicsError as error:
            answer(f"error {json.dumps(str(error))}")
            continue
        answer(f"ok {_ANY.dump_json(found).decode()}")
    if subject is not None:
        subject.close()


def _open(line: str) -> Subject:
    task = TypeAdapter(Task).validate_json(line)
    pages = [
        BenchPage(name, Path(path).read_bytes())
        for name, path in zip(task.names, task.images, strict=True)
    ]
    return Subject(task.bundle, task.setting, pages, Path(task.folder))


def _obey(subject: Subject, command: list[str]) -> object:
    match command:
        case ["opened"]:
            return subject.opened()
        case ["run", image]:
            return subject.run(int(image))
        case ["stream"]:
            return subject.stream()
        case ["map", image]:
            subject.map(int(image))
            return None
        case ["peak_rss"]:
            return peak_bytes()
    raise ValueError(f"no command {command}")


def main() -> None:
    """Serve standard input and output."""
    # A sweep leaves the calibration's recipe on purpose; parity says what that costs.
    logging.getLogger("forensics_rt.results.policy").setLevel(logging.ERROR)
    # The terminal's Ctrl-C reaches both processes; this one ends with its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Engines that print must not write among the answers.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)

        def answer(line: str) -> None:
            answers.write(line + "\n")
            answers.flush()

        serve(sys.stdin, answer)


if __name__ == "__main__":
    main()
