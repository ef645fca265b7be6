"""How much memory this process holds."""

from __future__ import annotations

import contextlib
import logging
import os
import sys

_log = logging.getLogger(__name__)
_TYPICAL = 500_000_000


def resident_bytes() -> int:
    """Return the resident set size of this process in bytes.

    Where the system tells only the peak (macOS) it is that; where it tells nothing (Windows) a
    warning is logged and 500 MB is taken.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        peak = peak_bytes()
    if peak is None:
        _log.warning(
            "this system does not report the memory in use: %d MB are assumed", _TYPICAL // 10**6
        )
        return _TYPICAL
    return peak


def peak_bytes() -> int | None:
    """Return the largest resident set size of this process so far; `None` where it is unknown."""
    # Not getrusage on Linux: there a child begins with the peak of the process that started it.
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="ascii") as stream:
        for line in stream:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)
