"""Reads and writes that are tried again: a store may refuse now and answer a moment later."""

from __future__ import annotations

import time

from forensics_rt.distributed.places import Place
from forensics_rt.errors import OutputError

_TRIES, _PAUSE = 3, 0.5


def read_patiently(place: Place) -> bytes:
    """Return the bytes of a file; what may pass is tried three times.

    Raises:
        Exception: What the store raised last.
    """
    for tried in range(1, _TRIES + 1):
        try:
            return place.read()
        except (FileNotFoundError, PermissionError, IsADirectoryError):
            raise
        except Exception:
            if tried == _TRIES:
                raise
            time.sleep(_PAUSE * tried)
    raise AssertionError


def write_patiently(place: Place, data: bytes) -> None:
    """Write a file; tried three times.

    Raises:
        OutputError: If it cannot be written.
    """
    for tried in range(1, _TRIES + 1):
        try:
            place.write(data)
            return
        except OutputError:  # it ends the run: a page without its map must not pass for done
            if tried == _TRIES:
                raise
            time.sleep(_PAUSE * tried)
