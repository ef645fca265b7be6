"""Standard output and error as they really are: closed, full, or read by one who leaves early."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from typing import Any, NoReturn, TextIO

from forensics_rt.errors import OutputError


class OutputStopped(OutputError):
    """Standard output takes nothing more.

    Args:
        error: What the system says.

    Attributes:
        reader_left: Whether it is a pipe whose reader has gone.
    """

    def __init__(self, error: OSError) -> None:
        """Say what is wrong with it and what helps."""
        super().__init__(
            f"standard output cannot be written: {error.strerror}; give it a file or a pipe that "
            "takes it, or > /dev/null"
        )
        self.reader_left = isinstance(error, BrokenPipeError)


class StandardOutput(io.FileIO):
    """The process's standard output, which raises `OutputStopped` once when it takes no more.

    After that it lets go of what is written: what buffers hold must not fail again at the end.

    Args:
        closed: Whether it was closed before the program began.

    Attributes:
        stopped: Why it takes no more; `None` where it does.
    """

    def __init__(self, closed: bool = False) -> None:
        """Write under the number that standard output has."""
        super().__init__(1, "w", closefd=False)
        self.stopped: OutputStopped | None = None
        self._was_closed = closed

    def write(self, data: Any, /) -> int:
        """Write bytes and return how many were taken.

        Raises:
            OutputStopped: At the first failure.
        """
        if self.stopped is None:
            try:
                if self._was_closed:
                    raise OSError(errno.EBADF, "it is closed")
                return super().write(data)
            except OSError as error:
                self.stopped = OutputStopped(error)
                raise self.stopped from error
        return memoryview(data).nbytes


class StandardError(io.FileIO):
    """The process's standard error, which lets go of what it cannot write: whom to tell?"""

    def __init__(self) -> None:
        """Write under the number that standard error has."""
        super().__init__(2, "w", closefd=False)

    def write(self, data: Any, /) -> int:
        """Write bytes and return how many there were."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def guard_standard_streams() -> StandardOutput | None:
    """Put `StandardOutput` and `StandardError` under `sys.stdout` and `sys.stderr`.

    Whoever prints (Python, typer, rich) treats a failing stream in a way of its own, as by ending
    the process without a word; an error that none of them knows reaches whoever called them. A
    stream that was closed before the start is opened on nothing: the first result would be written
    under its number, and what libraries print into it.

    Returns:
        Standard output; `None` on Windows, where a console is no file.
    """
    if sys.platform == "win32":
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return None
    closed = {number for number in range(3) if not _is_open(number)}
    for _ in closed:
        os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    output = StandardOutput(1 in closed)
    sys.stdout = _text(output, sys.stdout)
    sys.stderr = _text(StandardError(), sys.stderr)
    return output


def end_as_other_tools() -> NoReturn:
    """End as a program does whose reader has left: quietly, by SIGPIPE."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    os._exit(1)  # nothing may be flushed into what is closed


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _text(raw: io.FileIO, like: TextIO | None) -> TextIO:
    # A name that the terminal's encoding lacks must not end the run.
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(like, "encoding", None) or "utf-8",
        errors="backslashreplace",
        line_buffering=raw.isatty() or raw.fileno() != 1,
    )
