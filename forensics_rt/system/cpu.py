"""How many CPUs this process may use: its affinity and the quota of its container."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path, PurePosixPath

_ROOT = Path("/")
# Where control groups are mounted: version 2, alone or beside version 1, and version 1.
_OF_ALL_CONTROLLERS = ("sys/fs/cgroup", "sys/fs/cgroup/unified")
_OF_CPU_ALONE = ("sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct")


def usable_cores(root: Path | None = None) -> int:
    """Return how many logical processors this process may use, 1 or more.

    The least of its affinity and of the quotas of its control groups: `docker run --cpus 2` and a
    CPU limit of Kubernetes leave every processor in sight, and hold back whoever computes on all.
    A quota of 1.5 CPUs counts as 2.

    Args:
        root: Folder in which `proc` and `sys` are; `None` for that of the system.
    """
    found = _affinity()
    quota = cpu_quota(root)
    return found if quota is None else max(1, min(found, ceil(quota)))


def core_limit(root: Path | None = None) -> int | None:
    """Return how many processors may be used, where that is fewer than the machine has.

    Args:
        root: As for `usable_cores`.

    Returns:
        `None` where nothing limits the process: engines then choose for themselves.
    """
    usable = usable_cores(root)
    return usable if usable < (os.cpu_count() or 1) else None


def cpu_quota(root: Path | None = None) -> float | None:
    """Return how many CPUs the control groups of this process grant; `None` for no limit.

    Reads `cpu.max` (version 2) and `cpu.cfs_quota_us` (version 1) of the process's group and of
    those above it; the least counts.

    Args:
        root: As for `usable_cores`.
    """
    root = _ROOT if root is None else root
    quotas = [quota for folder in _groups(root) if (quota := _quota_of(folder)) is not None]
    return min(quotas, default=None)


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(root: Path) -> Iterator[Path]:
    """Yield the folders of the groups that this process is in, and of those above them."""
    for line in _read(root / "proc" / "self" / "cgroup").splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        # Seen from inside a container the path may be the host's, which is not there: then what
        # is mounted is the container's own group, the last of those above.
        group = PurePosixPath(path.lstrip("/"))
        for mounted in _OF_CPU_ALONE if controllers else _OF_ALL_CONTROLLERS:
            for above in (group, *group.parents):
                yield root / mounted / above


def _quota_of(folder: Path) -> float | None:
    words = _read(folder / "cpu.max").split()
    if not words:
        words = [_read(folder / f"cpu.cfs_{kind}_us").strip() for kind in ("quota", "period")]
    try:
        quota, period = (int(word) for word in words)
    except ValueError:  # "max", or no such file
        return None
    return quota / period if quota > 0 and period > 0 else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
