"""Memory that two processes share, as a file descriptor; it has no name, and ends with its users.

Not `/dev/shm`, which has 64 MB in a container as a rule.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import sys
import tempfile

_HAS_MEMFD = hasattr(os, "memfd_create")


def new_memory(size: int) -> int:
    """Return the descriptor of so many bytes, all 0.

    Raises:
        OSError: If there is too little memory.
    """
    if _HAS_MEMFD:
        descriptor = os.memfd_create("forensics_rt", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    try:
        os.ftruncate(descriptor, size)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def with_bytes(data: bytes) -> int:
    """Return the descriptor of memory that holds these bytes."""
    descriptor = new_memory(len(data))
    left = memoryview(data)
    while left:
        left = left[os.pwrite(descriptor, left, len(data) - len(left)) :]
    return descriptor


def map_whole(descriptor: int, size: int) -> mmap.mmap:
    """Return the memory of another process, which cannot take it away any more.

    Raises:
        ValueError: If it is not of this size.
    """
    if _HAS_MEMFD:  # what shrinks under a reader ends its process
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    if os.fstat(descriptor).st_size != size:
        raise ValueError(f"the memory must have {size} bytes")
    flags = mmap.MAP_SHARED
    if sys.platform == "linux":
        flags |= mmap.MAP_POPULATE  # all pages at once: one by one they take longer
    return mmap.mmap(descriptor, size, flags)


def read_whole(descriptor: int) -> bytes:
    """Return what the memory holds."""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
