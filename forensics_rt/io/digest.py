"""The SHA-256 of a file, and of an input while the image goes its way."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any

from forensics_rt.errors import ImageNotFound
from forensics_rt.io.names import printable

# Below, starting a thread costs more than it saves.
_BESIDE_FROM = 1 << 20
_PART = 1 << 20
_FILES_LOCK = threading.Lock()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(_PART):
            digest.update(part)
    return digest.hexdigest()


def sha256_beside(data: bytes | memoryview) -> Future[str]:
    """Begin to reckon a SHA-256; of a megabyte or more in a thread of its own.

    Pixels of a page take milliseconds, which the engine of a GPU would have to wait for.

    Args:
        data: Bytes without gaps, which must stay as they are until the result is there.

    Returns:
        64 hexadecimal digits, once they are there.

    Example:
        >>> sha256_beside(b"").result()[:8]
        'e3b0c442'
    """
    digest: Future[str] = Future()
    if len(data) < _BESIDE_FROM:
        digest.set_result(hashlib.sha256(data).hexdigest())
    else:
        _start(_reckon, data, digest)
    return digest


def sha256_of_file(path: Path) -> Future[str]:
    """Begin to reckon the SHA-256 of a file, in a thread of its own and a little of it at a time.

    For the pages of one file it is reckoned once, as long as it stays the same file, of the same
    size and times. Where it could not be read it is tried again.

    Args:
        path: The file.

    Returns:
        64 hexadecimal digits, or an `ImageNotFound`, once they are there.

    Raises:
        ImageNotFound: If there is no such file.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise _gone(path, error) from error
    # Its own time of writing can be set, as copying and unpacking do, that of its entry cannot.
    identity = (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
    with _FILES_LOCK:
        digest = _of_file(path, identity)
        if digest.done() and digest.exception() is not None:
            _of_file.cache_clear()
            digest = _of_file(path, identity)
        return digest


@lru_cache(maxsize=16)
def _of_file(path: Path, identity: tuple[int, ...]) -> Future[str]:
    digest: Future[str] = Future()
    _start(_read, path, digest)
    return digest


def _start(work: Callable[[Any, Future[str]], None], of: object, digest: Future[str]) -> None:
    try:
        threading.Thread(target=work, args=(of, digest), name="digest", daemon=True).start()
    except RuntimeError:  # no memory, or no leave, for another thread
        work(of, digest)


def _read(path: Path, digest: Future[str]) -> None:
    try:
        digest.set_result(sha256_of(path))
    except OSError as error:
        digest.set_exception(_gone(path, error))
    except BaseException as error:  # whoever waits must hear of it
        digest.set_exception(error)


def _gone(path: Path, error: OSError) -> ImageNotFound:
    return ImageNotFound(printable(path), f"cannot be read: {error.strerror}")


def _reckon(data: bytes | memoryview, digest: Future[str]) -> None:
    try:
        digest.set_result(hashlib.sha256(data).hexdigest())
    except BaseException as error:
        digest.set_exception(error)
