"""Does a folder of thousands keep the engine busy, memory flat, and survive kill -9?

    python -m benchmarks.folder --count 10000 --size 512 --json FILE
    python -m benchmarks.folder --count 400 --size 512 --kill-after 200

Runs what `forensics-rt detect` runs, in a process of its own, on a folder of JPEG pages, a few
distinct ones under many names, and samples that process. `engine busy` is the engine's own seconds
over the wall time of the run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.folder.run import tiles_in
from benchmarks.page_files import write_pages
from forensics_rt.bench.plot import check_outputs
from forensics_rt.cli.run_folder import RESULTS, SUMMARY
from forensics_rt.system.machine import this_machine

SAMPLE_EVERY = 0.2
SAMPLES_KEPT = 200
SHARES = (0.1, 0.5, 1.0)


@dataclass(frozen=True)
class Sample:
    """The process at one moment.

    Attributes:
        seconds: Since it was started.
        finished: Images whose results are written and listed.
        rss_mb: Memory that it holds, in MiB.
    """

    seconds: float
    finished: int
    rss_mb: float


@dataclass
class Watched:
    """A run of the command, sampled.

    Attributes:
        returncode: Of the process; negative if a signal ended it.
        samples: In order.
        summary: What `summary.json` holds; `None` if it was killed.
    """

    returncode: int = 0
    samples: list[Sample] = field(default_factory=list)
    summary: dict[str, Any] | None = None

    def rss_at(self, share: float, count: int) -> float | None:
        """Return the memory when a share of the images was first done; `None` if never seen."""
        done = (sample for sample in self.samples if sample.finished >= share * count)
        sample = next(done, None)
        return None if sample is None else sample.rss_mb


def make_folder(folder: Path, count: int, size: int, distinct: int) -> None:
    """Write a few pages and link them under as many names as wanted."""
    pages = write_pages(folder.with_name("pages"), [(size, size)] * min(distinct, count))
    folder.mkdir()
    for number in range(count):
        page, name = pages[number % len(pages)], folder / f"{number:06d}.jpg"
        try:
            os.link(page, name)
        except OSError:  # a file system without hard links, or with a limit to their number
            shutil.copyfile(page, name)


def watch(arguments: list[str], out: Path, tiles: Path, kill_after: int | None) -> Watched:
    """Run over the folder, and sample it; kill it once so many images are finished, if asked to."""
    start, listed = time.perf_counter(), _Lines(out / RESULTS)
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.folder.run", *arguments, "--tiles-to", str(tiles)],
        stdout=subprocess.DEVNULL,
    )
    watched = Watched()
    while child.poll() is None:
        rss = _rss_mb(child.pid)
        if rss is not None:
            watched.samples.append(Sample(time.perf_counter() - start, listed.count(), rss))
        if kill_after is not None and listed.count() >= kill_after:
            child.send_signal(signal.SIGKILL)
            break
        time.sleep(SAMPLE_EVERY)
    watched.returncode = child.wait()
    if watched.samples and kill_after is None:
        last = watched.samples[-1]
        watched.samples.append(Sample(last.seconds, listed.count(), last.rss_mb))
    summary = out / SUMMARY
    watched.summary = json.loads(summary.read_text()) if summary.exists() else None
    return watched


class _Lines:
    """Counts the lines of a growing file without reading any twice."""

    def __init__(self, path: Path) -> None:
        self._path, self._place, self._lines = path, 0, 0
        self._before = self._changed()

    def count(self) -> int:
        if self._changed() == self._before:  # what is there is of an earlier run
            return 0
        try:
            with self._path.open("rb") as stream:
                if stream.seek(0, os.SEEK_END) < self._place:  # a new run began it anew
                    self._place = self._lines = 0
                stream.seek(self._place)
                data = stream.read()
        except FileNotFoundError:
            return 0
        self._place += len(data)
        self._lines += data.count(b"\n")
        return self._lines

    def _changed(self) -> int | None:
        return self._path.stat().st_mtime_ns if self._path.exists() else None


def _rss_mb(process: int) -> float | None:
    try:
        return psutil.Process(process).memory_info().rss / (1 << 20) or None
    except psutil.NoSuchProcess:  # it has just ended
        return None


def measure(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Run once, or until killed and then to the end, and return the figures."""
    make_folder(work / "scans", options.count, options.size, options.distinct)
    out, tiles = work / "out", (work / "tiles-killed", work / "tiles")
    arguments = [str(work / "scans"), "--out", str(out), "--backend", options.backend]
    arguments += ["--recipe", options.recipe]
    arguments += ["--bundle", str(options.bundle)] if options.bundle else []
    arguments += [] if options.overlay else ["--no-overlay"]
    figures: dict[str, Any] = {"killed": None}
    if options.kill_after is not None:
        killed = watch(arguments, out, tiles[0], options.kill_after)
        if killed.returncode != -signal.SIGKILL:
            raise SystemExit(f"it ended by itself, with {killed.returncode}: kill it earlier")
        arguments.append("--resume")
    whole = watch(arguments, out, tiles[1], None)
    if whole.summary is None or whole.returncode:
        raise SystemExit(f"forensics-rt detect ended with exit code {whole.returncode}")
    if options.kill_after is not None:
        finished = whole.summary["done_before"]
        # Every page has as many tiles; those of a page that was being computed count as a page.
        per_page = tiles_in(tiles[1]) / (options.count - finished)
        figures["killed"] = {
            "finished_when_killed": finished,
            "computed_twice": math.ceil(tiles_in(tiles[0]) / per_page) - finished,
        }
    at = {f"{share:.0%}": whole.rss_at(share, options.count) for share in SHARES}
    figures |= {"summary": whole.summary, "rss_mb": at}
    every = -(-len(whole.samples) // SAMPLES_KEPT)
    return figures | {"samples": [asdict(sample) for sample in whole.samples[::every]]}


def show(figures: dict[str, Any]) -> None:
    """Print the figures."""
    summary, killed = figures["summary"], figures["killed"]
    table = Table("figure", "value", title=f"{summary['of']} images, {summary['backend']}")
    table.add_row("engine busy", f"{summary['engine_busy']:.1%}")
    table.add_row("images/s", f"{summary['images_per_second']:.2f}")
    table.add_row("wall", f"{summary['wall_seconds']:.1f} s")
    for share, rss in figures["rss_mb"].items():
        table.add_row(f"memory at {share}", "not seen" if rss is None else f"{rss:.0f} MiB")
    for stage, seconds in summary["stage_seconds"].items():
        table.add_row(f"stage {stage}", f"{seconds:.2f} s")
    if killed is not None:
        table.add_row("finished when killed", str(killed["finished_when_killed"]))
        table.add_row("computed twice", str(killed["computed_twice"]))
    Console().print(table)


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="images in the folder")
    parser.add_argument("--size", type=int, default=512, help="side of the images in pixels")
    parser.add_argument("--distinct", type=int, default=8, help="distinct pages among them")
    parser.add_argument("--bundle", help="folder, or default or fast, in the package")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--recipe", default="balanced")
    parser.add_argument("--overlay", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--kill-after", type=int, help="kill -9 once so many are done, and resume")
    parser.add_argument("--work", type=Path, help="folder for pages and results, removed after")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    check_outputs(options.json, None)
    machine = this_machine().facts()  # its load, before ours
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        figures = measure(options, Path(work))
    show(figures)
    if options.json:
        told = {"date": date.today().isoformat(), "machine": machine, "size": options.size}
        options.json.write_text(json.dumps(told | figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
