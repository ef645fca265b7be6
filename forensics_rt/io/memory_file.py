"""A file that is in memory: an upload, standard input, an attachment."""

from __future__ import annotations

import io
import threading
from concurrent.futures import Future
from typing import Any, BinaryIO

from forensics_rt.io.digest import sha256_beside


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

    __slots__ = ("_digest", "_lock", "data", "name")

    def __init__(self, data: bytes, name: str = "<bytes>") -> None:
        """Keep the bytes as they are; nothing is read of them."""
        self.data = data
        self.name = name
        self._digest: Future[str] | None = None
        self._lock = threading.Lock()

    @property
    def digest(self) -> Future[str]:
        """The SHA-256, 64 hexadecimal digits once they are there; it is computed once."""
        with self._lock:
            if self._digest is None:
                self._digest = sha256_beside(self.data)
            return self._digest

    def open(self) -> BinaryIO:
        """Return a stream of its own over the bytes, which are not copied."""
        return io.BytesIO(self.data)

    def __eq__(self, other: object) -> bool:
        """Compare bytes and names."""
        if not isinstance(other, MemoryFile):
            return NotImplemented
        return self.name == other.name and self.data == other.data

    def __hash__(self) -> int:
        """Hash bytes and name."""
        return hash((self.data, self.name))

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the digest out in another process, which computes its own."""
        return MemoryFile, (self.data, self.name)

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def __repr__(self) -> str:
        """Say how many bytes there are, not which."""
        return f"MemoryFile({len(self.data)} bytes, {self.name!r})"
