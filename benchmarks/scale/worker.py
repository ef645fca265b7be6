"""What the stages of a page take inside a worker whose stream is full, without Ray.

The workers stay in the session of the benchmark, as those of a local cluster of Ray do: Linux
shares a busy processor among sessions first, so what is measured in another is not comparable.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ray.pages import write_whole_pages
from benchmarks.scale.stream import PageTimes
from forensics_rt.distributed.rows import Row
from forensics_rt.distributed.schedule import DEPTH
from forensics_rt.distributed.stores import place_of
from forensics_rt.distributed.worker import Worker, WorkerSetup
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure

# One of each sample: so that each shape of tiles has been computed before.
_WARM_UP = 6
_UNIT = 8
# Pages before and after which the stream is not full.
_FILLING, _EMPTYING = 8, 8


@dataclass(frozen=True)
class Measured:
    """What workers did that ran at the same time.

    Attributes:
        pages: Stages of each page.
        rate: Pages a second of all workers together.
    """

    pages: list[PageTimes]
    rate: float


class TimedWorker(Worker):
    """A worker that takes down the stages of each page.

    Attributes:
        taken: Seconds of a clock that only grows when a page was settled, and its stages.
    """

    def __init__(self, setup: WorkerSetup) -> None:
        super().__init__(setup)
        self.taken: list[tuple[float, PageTimes]] = []

    def _settle(self, result: Detection | Failure) -> Row:
        start = time.perf_counter()
        row = super()._settle(result)
        ended = time.perf_counter()
        if isinstance(result, Failure):
            raise result.error
        used = result.seconds
        decode, around = (
            sum(used.get(stage, 0.0) for stage in stages)
            for stages in (("decode", "plan"), ("gather", "merge", "finish"))
        )
        times = PageTimes(decode, around, used.get("engine", 0.0), ended - start)
        self.taken.append((ended, times))
        return row


class Workers:
    """Workers that wait for pages, each in a process of its own.

    Args:
        pipes: To the processes.
    """

    def __init__(self, pipes: list[Any]) -> None:
        self._pipes = pipes

    def warm_up(self, folder: Path) -> None:
        """Have all of them examine a few pages.

        Args:
            folder: For pages and maps.
        """
        write_whole_pages(folder / "pages", _WARM_UP)
        self._run(len(self._pipes), folder / "pages", folder)

    def run(self, at_once: int, pages: Path, out: Path) -> Measured:
        """Have the first workers examine all files of a folder at the same time.

        Args:
            at_once: How many workers.
            pages: The files, at least 24.
            out: Where maps are written.
        """
        full = [taken[_FILLING:-_EMPTYING] for taken in self._run(at_once, pages, out)]
        rates = [(len(taken) - 1) / (taken[-1][0] - taken[0][0]) for taken in full]
        return Measured([times for taken in full for _, times in taken], sum(rates))

    def _run(self, at_once: int, pages: Path, out: Path) -> list[list[tuple[float, PageTimes]]]:
        pipes = self._pipes[:at_once]
        for number, pipe in enumerate(pipes):
            pipe.send((str(pages), str(out / str(number))))
        return [pipe.recv() for pipe in pipes]


@contextmanager
def waiting_workers(count: int, bundle: str) -> Iterator[Workers]:
    """Start workers of one thread, and end them with the block.

    Args:
        count: How many.
        bundle: Whose networks they run.
    """
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(count):
        ours, theirs = context.Pipe()
        processes.append(context.Process(target=_serve, args=(theirs, bundle), daemon=True))
        processes[-1].start()
        pipes.append(ours)
    try:
        yield Workers(pipes)
    finally:
        for pipe, process in zip(pipes, processes, strict=True):
            pipe.send(None)
            process.join()


def _serve(pipe: Any, bundle: str) -> None:
    worker: TimedWorker | None = None
    while (asked := pipe.recv()) is not None:
        pages, out = Path(asked[0]), place_of(asked[1])
        setup = WorkerSetup({"bundle": bundle}, 1, (place_of(pages).filesystem,), out, "all")
        if worker is None:
            worker = TimedWorker(setup)
            worker.start()
        worker.taken.clear()
        files = [str(file) for file in sorted(pages.iterdir())]
        units = [files[first : first + _UNIT] for first in range(0, len(files), _UNIT)]
        with ThreadPoolExecutor(DEPTH) as asking:
            list(asking.map(lambda unit, of=worker: _examine(of, unit), units))
        pipe.send(worker.taken)


def _examine(worker: Worker, files: list[str]) -> None:
    number = threading.get_ident()
    worker.read(number, [(0, file, file) for file in files])
    worker.compute(number, range(len(files)), checked=False)
