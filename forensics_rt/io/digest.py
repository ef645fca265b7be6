"""The SHA-256 of an input, reckoned while the image goes its way."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import Future

# Below, starting a thread costs more than it saves.
_BESIDE_FROM = 1 << 20


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
        threading.Thread(target=_reckon, args=(data, digest), name="digest", daemon=True).start()
    return digest


def _reckon(data: bytes | memoryview, digest: Future[str]) -> None:
    digest.set_result(hashlib.sha256(data).hexdigest())
