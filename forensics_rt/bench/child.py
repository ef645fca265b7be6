"""A process that measures one setting, so that its memory and CPU time are its own.

    python -m forensics_rt.bench.child

Reads pickles: a `Task`, then calls of `Subject`, each the name of a method and its arguments.
Answers each with `("ok", what it returned)` or `("error", message)`; ends when its input does.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
from typing import BinaryIO

from forensics_rt.bench.subject import Subject
from forensics_rt.errors import ForensicsError


def serve(calls: BinaryIO, answers: BinaryIO) -> None:
    """Carry out a task and the calls after it.

    Args:
        calls: The task, then calls.
        answers: Takes one answer for each.
    """
    subject: Subject | None = None
    while True:
        try:
            call = pickle.load(calls)
        except EOFError:
            break
        answer: tuple[str, object]
        try:
            if subject is None:
                subject, answer = Subject(call), ("ok", None)
            else:
                method, *arguments = call
                answer = ("ok", getattr(subject, method)(*arguments))
        except ForensicsError as error:
            answer = ("error", str(error))
        # The latest protocol makes no copy of an array, which would count as memory of the setting.
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
    if subject is not None:
        subject.close()


def main() -> None:
    """Serve standard input and output."""
    # A sweep leaves the calibration's recipe on purpose; parity says what that costs.
    logging.getLogger("forensics_rt.results.policy").setLevel(logging.ERROR)
    # The terminal's Ctrl-C reaches both processes; this one ends with its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Engines that print must not write among the answers.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
