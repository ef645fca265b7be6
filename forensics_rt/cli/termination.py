"""SIGTERM and SIGHUP end a command in good order, as Ctrl-C does.

By SIGTERM Kubernetes and systemd end a program, by SIGHUP a terminal that is closed.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGTERM", "SIGHUP")  # the second is not on Windows


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Turn these signals into `KeyboardInterrupt`, and exit with 143 or 129 once it is dealt with.

    Of several only the first counts: the next must not cut short what ends in good order. One that
    is ignored stays so, as `nohup` wants.
    """
    came: list[int] = []
    signals = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in signals}
    before = {number: then for number, then in before.items() if then is not signal.SIG_IGN}

    def interrupt(number: int, frame: FrameType | None) -> None:
        came.append(number)
        for one in before:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        if came:
            sys.exit(128 + came[0])  # as shells count
        for number, then in before.items():
            signal.signal(number, then)
