"""The SHA-256 of a file, and of an input while the image goes its way."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path

from forensics_rt.errors import ImageNotFound
from forensics_rt.io.names import printable
from forensics_rt.io.reading import file_identity

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
    if len(data) >= _BESIDE_FROM:
        return _begun(lambda: hashlib.sha256(data).hexdigest())
    digest: Future[str] = Future()
    digest.set_result(hashlib.sha256(data).hexdigest())
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
        identity = file_identity(path.stat())
    except OSError as error:
        raise _gone(path, error) from error
    with _FILES_LOCK:
        digest = _of_file(path, identity)
        if digest.done() and digest.exception() is not None:
            _of_file.cache_clear()
            digest = _of_file(path, identity)
        return digest


@lru_cache(maxsize=16)
def _of_file(path: Path, identity: tuple[int, ...]) -> Future[str]:
    def read() -> str:
        try:
            return sha256_of(path)
        except OSError as error:
            raise _gone(path, error) from error

    return _begun(read)


def _gone(path: Path, error: OSError) -> ImageNotFound:
    return ImageNotFound(printable(path), f"cannot be read: {error.strerror}")


def _begun(work: Callable[[], str]) -> Future[str]:
    digest: Future[str] = Future()
    try:
        threading.Thread(target=_reckon, args=(work, digest), name="digest", daemon=True).start()
    except RuntimeError:  # no memory, or no leave, for another thread
        _reckon(work, digest)
    return digest


def _reckon(work: Callable[[], str], digest: Future[str]) -> None:
    try:
        digest.set_result(work())
    except BaseException as error:  # whoever waits must hear of it
        digest.set_exception(error)
