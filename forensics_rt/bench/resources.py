"""What a process has taken: time of the processor, memory at its peak."""

from __future__ import annotations

import importlib
import platform
import re
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_rss() -> int | None:
    """Return the most memory this process ever had in RAM, in bytes; `None` if not told.

    It says something of one piece of work only where a process does nothing else.
    """
    # Not getrusage on Linux: what it tells survives exec, so it starts at the parent's peak.
    if _STATUS.is_file():
        found = re.search(r"^VmHWM:\s*(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
        return int(found.group(1)) * 1024 if found else None
    if platform.system() != "Darwin":  # where the number is in bytes
        return None
    resource = importlib.import_module("resource")
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
