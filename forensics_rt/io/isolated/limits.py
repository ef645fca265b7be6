"""What a child process may take, set by itself before it opens a file."""

from __future__ import annotations

import resource
import signal
import time
from pathlib import Path

# Of a file, a socket, the memory of two images, and what Python itself opens to import a module.
_MOST_OPEN = 64
_STATUS = Path("/proc/self/statm")


def limit_memory(more: int) -> None:
    """Let this process take so many bytes beside those that it has now.

    Args:
        more: Bytes of address space; where the system does not tell what there is, in all.
    """
    there = 0
    if _STATUS.exists():
        there = int(_STATUS.read_text().split()[0]) * resource.getpagesize()
    _lower(resource.RLIMIT_AS, there + more)
    # What dies must not leave the image on the disk.
    _lower(resource.RLIMIT_CORE, 0)


def limit_files(most_bytes: int) -> None:
    """Let this process have few files open at a time, and write none that is larger.

    Args:
        most_bytes: Of a file, also of memory that is handed to the parent.
    """
    _lower(resource.RLIMIT_NOFILE, _MOST_OPEN)
    _lower(resource.RLIMIT_FSIZE, most_bytes)
    # Otherwise a write past the limit ends the process, and is no error of the file.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def limit_time(seconds: float) -> None:
    """Have the system end this process after so much more processor time.

    The parent ends it earlier; this one counts where the parent is gone.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    used = int(time.process_time() + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (used, hard))


def _lower(which: int, wanted: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(which, (wanted, wanted))
