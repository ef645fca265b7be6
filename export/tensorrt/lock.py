"""A file that one process at a time may hold."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, after whoever holds it now; the system frees it on any exit.

    Args:
        path: Of the lock's own file, which stays behind, empty.

    Example:
        >>> with locked(Path("cache.lock")):  # doctest: +SKIP
        ...     Path("cache").write_bytes(b"mine alone")
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        _take(stream)
        try:
            yield
        finally:
            _free(stream)


if sys.platform == "win32":
    import msvcrt
    import time

    def _take(stream: IO[bytes]) -> None:
        while True:
            try:
                stream.seek(0)
                msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
                return
            except OSError:
                time.sleep(0.1)

    def _free(stream: IO[bytes]) -> None:
        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX)

    def _free(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_UN)
