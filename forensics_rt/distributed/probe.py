"""Decodes suspicious files in a child process, which may die of them in a worker's place."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import BinaryIO

from forensics_rt.errors import ImageError
from forensics_rt.io.decode import decode
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pages import pages_of
from forensics_rt.io.read_options import ReadOptions

# A page takes a second, a thousand of them are rare.
PATIENCE = 900.0
_DECODED = b"\n"


def why_fatal(
    files: Sequence[MemoryFile], options: ReadOptions, patience: float = PATIENCE
) -> list[str | None]:
    """Say of which files the process dies that decodes them.

    Args:
        files: The files.
        options: How they are read.
        patience: Seconds that one may take.

    Returns:
        For each file, what became of the process; `None` for a file that can be decoded, or that
        is refused with an error as it should be.
    """
    found: list[str | None] = []
    while len(found) < len(files):
        found += _ask_child(files[len(found) :], options, patience)
    return found


def _ask_child(
    files: Sequence[MemoryFile], options: ReadOptions, patience: float
) -> list[str | None]:
    """Have a child decode files up to the first that it dies of."""
    found: list[str | None] = []
    command = [sys.executable, "-m", __spec__.name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None  # for mypy: both are pipes
        for file in files:
            late = threading.Timer(patience, child.kill)
            late.start()
            try:
                pickle.dump((file, options), child.stdin)
                child.stdin.flush()
                answer = child.stdout.read(1)
            except BrokenPipeError:
                answer = b""
            is_late = not late.is_alive()
            late.cancel()
            if answer != _DECODED:
                child.kill()
                found.append(f"took more than {patience:g} s" if is_late else _ending(child.wait()))
                break
            found.append(None)
        child.stdin.close()
    return found


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"died of {signal.Signals(-code).name}"
    except ValueError:
        return f"died of signal {-code}"


def _decode_all(stream: BinaryIO, answers: BinaryIO) -> None:
    while True:
        try:
            file, options = pickle.load(stream)
        except EOFError:
            return
        pages = pages_of(file, options.password)
        for page in pages if len(pages) > 1 else [file]:
            try:
                decode(page, None, options)
            except (ImageError, MemoryError):
                continue  # the worker makes a row of it
            except Exception:  # likewise
                continue
        answers.write(_DECODED)
        answers.flush()


if __name__ == "__main__":
    _decode_all(sys.stdin.buffer, sys.stdout.buffer)
