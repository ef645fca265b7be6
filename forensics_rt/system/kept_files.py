"""Files that this machine made for its later starts: each is checked before it is used."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
import time
from functools import cache
from pathlib import Path
from uuid import uuid4

_log = logging.getLogger(__name__)
# A file ends with the SHA-256 over what it is and what it holds, zeros, and these bytes. At the
# end, so that the content begins where memory of a page does.
_MAGIC = b"FRTKEPT1"
TRAILER_BYTES = 64
_DIGEST_BYTES = 32
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class KeptFiles:
    """A private folder of bounded size. Several processes may use it at once.

    What is missing, damaged, cut short, of somebody else or of other contents counts as not there:
    nothing here raises.

    Args:
        folder: Where; it is made when something is kept, for this user alone. `None` for nowhere.
        most_bytes: Of all files together; those used longest ago go first.

    Example:
        >>> KeptFiles(None, 1000).read("a", "what it is") is None
        True
    """

    def __init__(self, folder: Path | None, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    def read(self, name: str, subject: str) -> memoryview | None:
        """Return what was kept, once its SHA-256 has been checked.

        Args:
            name: Of the file.
            subject: What it is: all that its content depends on.
        """
        if self._folder is None:
            return None
        path = self._folder / name
        try:
            with path.open("rb") as stream:
                if not _is_trusted(os.fstat(stream.fileno())):
                    _log.info("%s: is not used: others than this user can write it", path)
                    return None
                whole = memoryview(stream.read())
        except OSError:
            return None
        content, trailer = whole[:-TRAILER_BYTES], whole[-TRAILER_BYTES:]
        if trailer != _trailer(subject, content):
            _log.info("%s: is not used: it is damaged, or something else", path)
            return None
        with contextlib.suppress(OSError):  # a folder that is only to be read
            os.utime(path)
        return content

    def write(self, name: str, subject: str, content: bytes) -> None:
        """Keep something, whole or not at all, and remove what there is no more room for.

        Args:
            name: As for `read`.
            subject: As for `read`.
            content: What to keep; nothing that alone is too large.
        """
        size = len(content) + TRAILER_BYTES
        if self._folder is None or size > self._most_bytes:
            return
        part = self._folder / f".{uuid4().hex}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(size)
            # Whatever the mask of the process: what others could write would not be read again.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            handle = os.open(part, flags, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.write(_trailer(subject, memoryview(content)))
            part.replace(self._folder / name)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            _warn(str(self._folder), error.strerror or str(error))

    def has(self, beginning: str) -> bool:
        """Tell whether there is a file whose name begins so."""
        if self._folder is None:
            return False
        try:
            return any(name.startswith(beginning) for name in os.listdir(self._folder))
        except OSError:
            return False

    def _make_room(self, size: int) -> None:
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # another process has removed it
                    told = entry.stat(follow_symlinks=False)
                    found.append((told.st_mtime, told.st_size, entry.path))
        total = size + sum(bytes_ for _, bytes_, _ in found)
        for used, bytes_, path in sorted(found):
            # What another process is writing has just been touched.
            left_over = path.endswith(".part") and used < time.time() - 3600
            if total > self._most_bytes or left_over:
                with contextlib.suppress(OSError):
                    os.unlink(path)
                    total -= bytes_


def _is_trusted(told: os.stat_result) -> bool:
    """Tell whether none but this user, and root, could have written an open file."""
    if not hasattr(os, "geteuid"):  # on Windows the user's folder for caches is private
        return True
    return told.st_uid in (0, os.geteuid()) and not told.st_mode & _OTHERS_WRITE


def _trailer(subject: str, content: memoryview) -> bytes:
    digest = hashlib.sha256(subject.encode() + b"\0")
    digest.update(content)
    padding = bytes(TRAILER_BYTES - _DIGEST_BYTES - len(_MAGIC))
    return digest.digest() + padding + _MAGIC


@cache
def _warn(folder: str, reason: str) -> None:
    _log.warning(
        "%s: cannot be written: %s. Every start compiles the graphs again; "
        "name a folder in FORENSICS_RT_CACHE",
        folder,
        reason,
    )
