"""One child process, from the parent's side."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from forensics_rt.errors import ForensicsError
from forensics_rt.io.isolated.messages import Order, Reply, receive, send
from forensics_rt.system.closing import Closing

_START_SECONDS = 60.0
# Its threads would take the processor from the engine.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class ChildEnded(Exception):
    """A child process is gone; the message says how, as the end of a sentence."""


class Child(Closing):
    """A process of its own, which inherits neither threads nor the engine.

    Args:
        most_bytes: How much memory it may take for a file.
        seconds: How long it may take for a file.
    """

    def __init__(self, most_bytes: int, seconds: float) -> None:
        """Start it; `ask` waits until it is there."""
        self._seconds = seconds
        self._started = False
        self._channel, far = socket.socketpair()
        with far:
            command = [sys.executable, "-m", "forensics_rt.io.isolated.child"]
            numbers = [str(far.fileno()), str(most_bytes), str(seconds)]
            self._process = subprocess.Popen(
                command + numbers,
                stdin=subprocess.DEVNULL,
                pass_fds=[far.fileno()],
                env=_environment(),
                # What ends the parent from a keyboard is not the child's: the parent ends it.
                start_new_session=True,
            )

    def ask(self, order: Order, descriptor: int | None) -> tuple[Reply, int | None]:
        """Have it carry out an order.

        Args:
            order: What to do.
            descriptor: With the bytes of the file; `None` where the order has a path.

        Raises:
            ChildEnded: If it ends, or takes too long and is ended.
        """
        try:
            self._wait_for_start()
            self._channel.settimeout(self._seconds)
            send(self._channel, order, descriptor)
            return receive(self._channel, Reply)
        except TimeoutError:
            self.close()
            raise ChildEnded(f"took longer than {self._seconds:g} s") from None
        except (EOFError, OSError, ValueError):
            self._process.kill()
            code = self._process.wait()
            self.close()
            raise ChildEnded(_how(code)) from None

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._channel.close()

    def _wait_for_start(self) -> None:
        if self._started:
            return
        self._channel.settimeout(_START_SECONDS)
        try:
            receive(self._channel, Reply)
        except (EOFError, OSError, ValueError) as error:
            code = self._process.poll()
            raise ForensicsError(
                f"a child process for decoding did not start (exit code {code}): {error}; its "
                "messages are on standard error"
            ) from error
        self._started = True


def _how(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _environment() -> dict[str, str]:
    # The child finds this very package, wherever it is started from.
    here = str(Path(__file__).parents[3])
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    threads = dict.fromkeys(_ONE_THREAD, "1")
    return {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(paths)}
