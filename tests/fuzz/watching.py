"""Runs a reader on inputs, and keeps what it should not have done; each kind once."""

from __future__ import annotations

import hashlib
import json
import signal
import time
import traceback
from pathlib import Path

from forensics_rt.errors import ForensicsError
from tests.fuzz.target import Reader

SLOW_SECONDS = 5.0
HANG_SECONDS = 20.0
_OURS = "/forensics_rt/"


class Hang(BaseException):
    """A reader took too much of the processor: no reader may take it for an error of its own."""


class Watch:
    """Calls a reader, and writes a line and an input for each kind of finding.

    A finding is an error outside the package's own tree, or more than `SLOW_SECONDS` of processor
    time; after `HANG_SECONDS` of it the reader is stopped. The clock would judge a busy machine.
    A process that dies, hangs in a codec, or takes too much memory is found from outside.

    Args:
        reader: It.
        folder: Where findings go: `findings.jsonl`, and the inputs.
        refuses: Whether errors of the package's own tree are expected.
    """

    def __init__(self, reader: Reader, folder: Path, refuses: bool = True) -> None:
        """Find nothing yet."""
        self._reader = reader
        self._folder = folder
        self._expected = ForensicsError if refuses else ()
        self._known: set[str] = set()
        self._reads = False
        folder.mkdir(parents=True, exist_ok=True)
        signal.signal(signal.SIGPROF, self._stop)

    def __call__(self, data: bytes) -> None:
        """Read one input."""
        started = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
        try:
            self._reads = True
            self._reader(data)
            self._reads = False
        except self._expected:
            pass
        except (Exception, Hang) as error:
            self._keep(_kind_of(error), str(error)[:200], data)
        finally:
            self._reads = False
            signal.setitimer(signal.ITIMER_PROF, 0)
        if time.process_time() - started > SLOW_SECONDS:
            self._keep("slow", f"{time.process_time() - started:.1f} s", data)

    def _stop(self, number: int, frame: object) -> None:
        if self._reads:  # else the time was over just when it had ended
            raise Hang(f"more than {HANG_SECONDS:g} s of the processor")

    def _keep(self, kind: str, said: str, data: bytes) -> None:
        if kind in self._known:
            return
        self._known.add(kind)
        name = hashlib.sha256(kind.encode()).hexdigest()[:12]
        (self._folder / name).write_bytes(data)
        with (self._folder / "findings.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"kind": kind, "said": said, "input": name}) + "\n")


def _kind_of(error: BaseException) -> str:
    """Return the error's class, and where it left our code."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _OURS in frame.filename]
    last = (ours or frames)[-1]
    place = last.filename.rpartition(_OURS)[2]
    return f"{type(error).__name__} at {place}:{last.lineno}"
