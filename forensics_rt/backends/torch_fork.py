"""A process that was forked from one in which torch had run: torch would wait there for ever.

The threads with which torch computes are not in the child, and it waits for them.
"""

from __future__ import annotations

import os

from forensics_rt.errors import BackendUnavailable

_ran_here = False
_ran_before_fork = False


def refuse_after_fork() -> None:
    """Refuse to run torch in a child of a process that had run it.

    Raises:
        BackendUnavailable: If this is one.
    """
    if _ran_before_fork:
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
    global _ran_here
    refuse_after_fork()
    _ran_here = True


def _in_child() -> None:
    global _ran_before_fork
    _ran_before_fork = _ran_before_fork or _ran_here


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_in_child)
