"""A run over many machines: the driver's loop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from forensics_rt.distributed.cluster import (
    alone_with,
    connected,
    usual_threads,
    workers_that_fit,
)
from forensics_rt.distributed.inputs import InputFile, Inputs, list_inputs
from forensics_rt.distributed.places import place_of
from forensics_rt.distributed.pool import Answer, WorkerPool
from forensics_rt.distributed.results_folder import ResultsFolder
from forensics_rt.distributed.rows import Row, error_row, of_file
from forensics_rt.distributed.schedule import GIVEN_UP, Schedule
from forensics_rt.distributed.summary import Count, Progress, RunSummary
from forensics_rt.distributed.worker import MapsWanted, WorkerSetup, fatal_row, settings_id
from forensics_rt.errors import DistributedError
from forensics_rt.system.arguments import whole_number

if TYPE_CHECKING:
    from ray.data import Dataset

_WAIT = 1.0
# Seconds without a worker after which a warning says so, again and again.
_ALONE = 120.0
_log = logging.getLogger(__name__)


def detect_dataset(
    paths: str | Path | Iterable[str | Path] | Dataset,
    out: str | Path,
    *,
    address: str | None = None,
    detector: Mapping[str, Any] | None = None,
    threads: int | None = None,
    workers: int | None = None,
    maps: MapsWanted = "all",
    resume: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> RunSummary:
    """Find the forged pixels of many files on a Ray cluster; every page gets one row.

    The rows are the same however often workers, machines or this process die. Only this process
    writes rows; a row is written once, with all others of its file. Equal bytes are computed once.

    Args:
        paths: Files, folders and patterns that all machines can read under the same path, addresses
            of object stores, Parquet files with a column `path`, or a `ray.data.Dataset` with one.
        out: A folder that all machines can write, or an address such as `s3://bucket/results`.
        address: Of the cluster: `auto`, or its head; `None` for the cluster that this process is
            connected to, or else for one of this machine.
        detector: Arguments of `Detector`, but for `threads`; `None` for its defaults.
        threads: CPUs of a worker; `None` for those of the smallest machine, up to four. A worker
            with `device="cuda"` has a GPU, too.
        workers: How many; `None` for as many as the machines have room for.
        maps: Whether maps are written of `all` pages, of `forged` ones, which have regions, or
            `none`.
        resume: Whether to go on with results that are in `out`. A file that has rows, and the size
            and time of writing of then, is not read again.
        on_progress: Called with the numbers whenever files were finished.

    Returns:
        What came of it. Its numbers add up: `files = done + failed + skipped`.

    Raises:
        OutputError: If `out` has results and `resume` is not set, or they were made with other
            settings, or another run writes there, or it cannot be written.
        DistributedError: If there is no cluster or no room on it, the machines differ in what
            decides the answers, workers die before they are ready, or the numbers do not add up.
        ImageNotFound: If a folder cannot be listed.
        ForensicsError: As `Detector`.

    Example:
        >>> from forensics_rt.distributed import detect_dataset, read_results
        >>> summary = detect_dataset("scans/", "results/", threads=2)  # doctest: +SKIP
        >>> summary.done, summary.failed, summary.skipped  # doctest: +SKIP
        (1998, 2, 0)
    """
    if maps not in get_args(MapsWanted):
        raise ValueError(f"maps must be one of {get_args(MapsWanted)}, but is {maps!r}")
    asked = dict(detector or {})
    on_gpu = str(asked.get("device") or "").startswith("cuda")
    place = place_of(out)
    with connected(address) as ray, alone_with(ray, place):
        # All of it, before workers take the CPUs that a dataset is read with.
        inputs = list_inputs(paths, place)
        folder = ResultsFolder(place, resume)
        todo, skipped, failed_before = folder.to_do(inputs.files)
        wanted = usual_threads(ray) if threads is None else threads
        cpus = whole_number("threads", wanted, ValueError)
        resources = {"num_cpus": float(cpus)} | ({"num_gpus": 1.0} if on_gpu else {})
        filesystems = tuple({id(f.place.filesystem): f.place.filesystem for f in todo}.values())
        setup = WorkerSetup(asked, cpus, filesystems, place, maps)
        size = workers_that_fit(ray, resources) if workers is None else workers
        size = min(whole_number("workers", size, ValueError), max(1, len(todo)))
        pool = WorkerPool(setup, size, resources)
        count = Count(len(inputs.files), skipped, failed_before)
        run = _Run(pool, folder, Schedule(todo, folder.finished), count, filesystems, on_progress)
        try:
            run.go()
            memory = pool.peak_memory()
        finally:
            pool.close()
            folder.flush()  # what came in is kept, whatever ends the run
        return _concluded(run, inputs, place.name, memory)


def _concluded(run: _Run, inputs: Inputs, out: str, memory: list[int]) -> RunSummary:
    count, folder = run.count, run.folder
    count.check(folder.rows_before, folder.rows_there())
    summary = RunSummary(
        out=out,
        files=count.files,
        done=count.done,
        failed=count.failed,
        skipped=count.skipped,
        failed_before=count.failed_before,
        pages=count.pages,
        failed_pages=count.failed_pages,
        copies=count.copies,
        repeated=inputs.repeated,
        passed_over=dict(inputs.passed_over),
        worker_deaths=count.deaths,
        workers=run.pool.size,
        seconds=round(count.progress.seconds, 3),
        memory=memory,
        settings=run.settings,
    )
    folder.summarize(summary.to_dict())
    return summary


@dataclass
class _Run:
    pool: WorkerPool
    folder: ResultsFolder
    schedule: Schedule
    count: Count
    filesystems: tuple[Any, ...]
    on_progress: Callable[[Progress], None] | None
    settings: dict[str, Any] = field(default_factory=dict)
    _reported: int = -1
    _alone_since: float = field(default_factory=time.monotonic)
    _checked: dict[int, bool] = field(default_factory=dict)
    _files: dict[int, list[InputFile]] = field(default_factory=dict)

    def go(self) -> None:
        while self.schedule.left or not self.settings:
            for worker in sorted(self.pool.ready):
                self._fill(worker)
            self._say_if_nobody_works()
            for answer in self.pool.answers(_WAIT):
                getattr(self, f"_on_{answer.kind}")(answer)
            self.folder.flush_if_due()
            self._report()
        self.folder.flush()

    def _say_if_nobody_works(self) -> None:
        now = time.monotonic()
        if self.pool.ready:
            self._alone_since = now
        elif now - self._alone_since > _ALONE:
            self._alone_since = now
            _log.warning(
                "no worker has started for %g s; do the machines have room for one? `ray status` "
                "says what they have, and what is waiting",
                _ALONE,
            )

    def _report(self) -> None:
        if self.on_progress is None or not self.settings:
            return
        progress = self.count.progress
        if progress.finished != self._reported:
            self._reported = progress.finished
            self.on_progress(progress)

    def _fill(self, worker: str) -> None:
        while (unit := self.schedule.next_unit(worker, self.pool.size)) is not None:
            self._checked[unit.number] = unit.checked
            self._files[unit.number] = unit.files
            self.pool.ask_read(worker, unit, self.filesystems)

    def _on_start(self, answer: Answer) -> None:
        if not self.settings:
            self.folder.bind(answer.value)
            self.settings = answer.value
            self.count.begin()
        elif answer.value != self.settings:
            other = sorted(k for k in self.settings if answer.value.get(k) != self.settings[k])
            raise DistributedError(
                f"the machines differ in {', '.join(other)}: "
                f"{[self.settings[k] for k in other]} and {[answer.value.get(k) for k in other]}; "
                "install the same version on all, and with `precision='float32'` and the name of a "
                "backend all compute alike"
            )

    def _on_read(self, answer: Answer) -> None:
        number = _number(answer)
        files, checked = self._files.pop(number), self._checked.pop(number)
        for file, (content, error) in zip(files, answer.value, strict=True):
            if content is None:
                row = error_row(self._id, str(error), "ImageNotFound")
                self._take([file], None, [row])
        contents = [content for content, _ in answer.value]
        todo = self.schedule.was_read(answer.worker, number, contents)
        self.pool.ask_compute(answer.worker, number, todo.compute, checked)
        for file, content in todo.known:
            self._take([file], content, self.folder.rows_of(content), copies=True)

    def _on_compute(self, answer: Answer) -> None:
        closed = self.schedule.was_computed(answer.worker, _number(answer))
        for (files, content), rows in zip(closed, answer.value, strict=True):
            self._take(files, content, rows)

    def _on_died(self, answer: Answer) -> None:
        self.count.deaths += 1
        for files, content in self.schedule.worker_died(answer.worker):
            why = f"died {GIVEN_UP} times; the last time: {str(answer.value).splitlines()[0]}"
            self._take(files, content, [fatal_row(self._id, why)])

    def _take(
        self, files: list[InputFile], content: str | None, rows: list[Row], copies: bool = False
    ) -> None:
        for place, file in enumerate(files):
            mine = [of_file(row, file, content) for row in rows]
            self.folder.add(mine)
            self.count.add(mine, copies or place > 0)
        self.schedule.settle(len(files))

    @property
    def _id(self) -> str:
        return settings_id(self.settings)


def _number(answer: Answer) -> int:
    if answer.unit is None:
        raise TypeError(f"an answer to {answer.kind!r} must be of a unit")
    return answer.unit
