"""SIGTERM, by which Kubernetes and systemd end a program, ends a command as Ctrl-C does."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# As shells count: 128 and the number of the signal.
_TERMINATED = 128 + signal.SIGTERM


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Turn SIGTERM into `KeyboardInterrupt`, and exit with 143 once that has been dealt with.

    Of several only the first counts: the next must not cut short what ends in good order.
    """
    came = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        if came:
            sys.exit(_TERMINATED)
        signal.signal(signal.SIGTERM, before)
