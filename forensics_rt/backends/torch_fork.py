"""A process that was forked from one in which torch had run: torch would wait there for ever.

The threads with which torch computes are not in the child, and it waits for them.
"""

from __future__ import annotations

import os

from forensics_rt.errors import BackendUnavailable

_ran_in: int | None = None  # the number of the process


def refuse_after_fork() -> None:
    """Refuse to run torch in a child of a process that had run it.

    Raises:
        BackendUnavailable: If this is one.
    """
    if _ran_in not in (None, os.getpid()):
        raise BackendUnavailable(
            "torch ran before this process was forked, and would wait here for threads that only "
            "the parent has; start processes by spawn (multiprocessing.get_context('spawn')), or "
            "fork before the parent uses torch and make the detector in the child"
        )


def note_run() -> None:
    """Say that torch is about to run in this process.

    Raises:
        BackendUnavailable: As `refuse_after_fork`.
    """
    global _ran_in
    refuse_after_fork()
    _ran_in = os.getpid()
