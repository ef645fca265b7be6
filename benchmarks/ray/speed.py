"""How fast is a run on Ray beside `forensics-rt detect`, on the same machine and pages?

`python -m benchmarks.ray.speed` takes turns, and prints pages a second of each, of the pages from
20 to 95 %: by then all has started, and no worker has run out of work. It prints the memory of each
process, too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import ray

from benchmarks.ray.cluster import LocalCluster, local_cluster
from benchmarks.ray.pages import write_whole_pages
from benchmarks.ray.progress_rate import Notes
from forensics_rt.distributed import Progress, detect_dataset

_FROM, _TO = 0.2, 0.95
_WAYS = ("detect", "1 worker", "a worker a CPU")
_MB = 1e6


def main() -> None:
    """Print a line a round, the medians, and the memory."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--pages", type=int, default=120)
    wanted.add_argument("--rounds", type=int, default=5)
    wanted.add_argument("--bundle", default="default")
    wanted.add_argument("--precision", default="auto")
    given = wanted.parse_args()
    cpus = len(os.sched_getaffinity(0))
    asked = {"bundle": given.bundle, "precision": given.precision}
    rates: dict[str, list[float]] = {way: [] for way in _WAYS}
    with tempfile.TemporaryDirectory() as folder, local_cluster(1, cpus=cpus) as cluster:
        pages = Path(folder, "pages")
        write_whole_pages(pages, given.pages)
        ray.init(address=cluster.address, log_to_driver=False)
        memory: dict[str, list[int]] = {}
        for number in range(given.rounds):
            outs = [Path(folder, f"{number}-{way}") for way in range(len(_WAYS))]
            rate, memory["forensics-rt detect, peak"] = _detect(pages, outs[0], asked)
            rates["detect"].append(rate)
            for out, way, workers in zip(outs[1:], _WAYS[1:], (1, cpus), strict=True):
                threads = cpus // workers
                rate, peaks = _on_ray(cluster, pages, out, asked, workers, threads, memory)
                rates[way].append(rate)
                memory[f"{way}, peak of each"] = peaks
            said = ", ".join(f"{way} {rates[way][-1]:.2f}" for way in _WAYS)
            print(f"round {number}: {said} pages/s", flush=True)
        ray.shutdown()
    base = statistics.median(rates["detect"])
    for way in _WAYS:
        middle = statistics.median(rates[way])
        ratios = [one / other for one, other in zip(rates[way], rates["detect"], strict=True)]
        print(
            f"{way}: median {middle:.2f} pages/s, {middle / base:.3f} of detect "
            f"(rounds {min(ratios):.3f} to {max(ratios):.3f})"
        )
    for name, sizes in memory.items():
        print(f"memory, {name}: {', '.join(f'{size / _MB:.0f}' for size in sizes)} MB")


def _rate(times: list[float], pages: int) -> float:
    first, last = int(_FROM * pages), int(_TO * pages)
    return (last - first) / (times[last - 1] - times[first - 1])


def _detect(pages: Path, out: Path, asked: dict[str, str]) -> tuple[float, list[int]]:
    options = [f"--{name}={value}" for name, value in asked.items()]
    command = [sys.executable, "-m", "forensics_rt", "detect", str(pages), "--out", str(out)]
    times, peak = [], 0
    with subprocess.Popen(
        [*command, *options, "--no-overlay", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as run:
        if run.stdout is None:
            raise RuntimeError("the pipe must be there, but is not")
        for _ in run.stdout:
            times.append(time.monotonic())
            peak = max(peak, psutil.Process(run.pid).memory_info().rss)
    return _rate(times, len(times)), [peak]


def _on_ray(
    cluster: LocalCluster,
    pages: Path,
    out: Path,
    asked: dict[str, str],
    workers: int,
    threads: int,
    memory: dict[str, list[int]],
) -> tuple[float, list[int]]:
    notes = Notes()

    def note(progress: Progress) -> None:
        notes.add(progress)
        if "driver" not in memory:
            memory.update(_others(cluster.processes))

    summary = detect_dataset(
        pages, out, detector=asked, workers=workers, threads=threads, on_progress=note
    )
    return notes.rate(summary.files, _FROM, _TO), summary.memory


def _others(processes: Callable[[], list[psutil.Process]]) -> dict[str, list[int]]:
    found = {"driver": [psutil.Process().memory_info().rss]}
    for process in processes():
        try:
            line = process.cmdline()
            scripts = (part for part in line if part.endswith(".py"))
            name = Path(next(scripts, line[0].split()[0])).name
            if not name.startswith("ray::Worker"):
                found.setdefault(name, []).append(process.memory_info().rss)
        except (psutil.Error, IndexError):
            continue
    return found


if __name__ == "__main__":
    main()
