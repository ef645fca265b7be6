"""A file that is in memory: an upload, standard input, an attachment."""

from __future__ import annotations

import io
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO

from forensics_rt.io.digest import sha256_beside


@dataclass(frozen=True)
class MemoryFile:
    """The bytes of a file and its name; whatever takes an image takes it.

    Equal bytes of equal name are equal. All pages of one `MemoryFile` share its bytes and their
    digest.

    Args:
        data: The whole file.
        name: What to call it in errors and results.

    Example:
        >>> MemoryFile(b"%PDF-1.7", "upload-17.pdf")
        MemoryFile(8 bytes, 'upload-17.pdf')
    """

    data: bytes = field(repr=False)
    name: str = "<bytes>"
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, compare=False)

    @property
    def digest(self) -> Future[str]:
        """The SHA-256, 64 hexadecimal digits once they are there; it is computed once."""
        with self._lock:
            return self._digest

    @cached_property
    def _digest(self) -> Future[str]:
        return sha256_beside(self.data)

    def open(self) -> BinaryIO:
        """Return a stream of its own over the bytes, which are not copied."""
        return io.BytesIO(self.data)

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the digest out in another process, which computes its own."""
        return MemoryFile, (self.data, self.name)

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def __repr__(self) -> str:
        """Say how many bytes there are, not which."""
        return f"MemoryFile({len(self.data)} bytes, {self.name!r})"
