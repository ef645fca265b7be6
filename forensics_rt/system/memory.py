"""How much memory this process holds."""

from __future__ import annotations

import contextlib
import sys

import psutil


def resident_bytes() -> int:
    """Return the resident set size of this process in bytes."""
    resident: int = psutil.Process().memory_info().rss
    return resident


def peak_bytes() -> int:
    """Return the largest resident set size of this process so far, in bytes."""
    if sys.platform == "win32":
        largest: int = psutil.Process().memory_info().peak_wset
        return largest
    # psutil has no peak elsewhere. Not getrusage on Linux: there a child begins with the peak of
    # the process that started it.
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="ascii") as stream:
        for line in stream:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)
