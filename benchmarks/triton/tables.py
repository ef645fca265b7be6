"""Tables of what ways through a Triton server took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from rich.table import Table

from benchmarks.triton.server import Server
from benchmarks.triton.ways import Took

_MIB = 1 << 20


def times_table(kind: str, took: Mapping[str, Sequence[Took]]) -> Table:
    """Return pages a second, and ratios to the detector of the same round."""
    table = Table("way", "pages/s", "× detector", "× pipeline × 1", "processor s/page", title=kind)

    def ratio(name: str, other: str) -> str:
        pairs = zip(took[name], took[other], strict=True)
        found = sorted(b.wall / b.pages * a.pages / a.wall for a, b in pairs)
        return f"{median(found):.2f} ({found[0]:.2f}–{found[-1]:.2f})"

    for name, runs in took.items():
        rate = median(run.pages / run.wall for run in runs)
        spent = median(run.processor / run.pages for run in runs)
        refused = sum(sum(run.refused.values()) for run in runs)
        shown = name + (f", {refused} refused" if refused else "")
        table.add_row(
            shown, f"{rate:.2f}", ratio(name, "detector"), ratio(name, "pipeline × 1"),
            f"{spent:.3f}",
        )  # fmt: skip
    return table


def memory_table(servers: Mapping[str, Server]) -> Table:
    """Return what each process holds, and its region in /dev/shm."""
    table = Table("way", "process", "resident MB", "of it shared MB", "/dev/shm MiB")
    for name, server in servers.items():
        for process in server.processes():
            words, memory = process.cmdline(), process.memory_info()
            region = Path("/dev/shm") / words[2] if "stub" in words[0] else None
            what = "server" if region is None else words[1].split("/")[-3]
            size = "" if region is None else f"{region.stat().st_size / _MIB:.1f}"
            table.add_row(name, what, f"{memory.rss / 1e6:.0f}", f"{memory.shared / 1e6:.0f}", size)
    return table
