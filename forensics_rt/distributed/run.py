"""A run over many machines, from its paths to its summary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from forensics_rt.distributed.cluster import (
    alone_with,
    connected,
    usual_threads,
    workers_that_fit,
)
from forensics_rt.distributed.driver import Driver
from forensics_rt.distributed.inputs import Inputs, list_inputs
from forensics_rt.distributed.map_files import MapsWanted
from forensics_rt.distributed.pool import WorkerPool
from forensics_rt.distributed.results_folder import ResultsFolder
from forensics_rt.distributed.schedule import Schedule
from forensics_rt.distributed.stores import place_of
from forensics_rt.distributed.summary import Count, Progress, RunSummary
from forensics_rt.distributed.worker import WorkerSetup
from forensics_rt.errors import RecipeError
from forensics_rt.system.arguments import whole_number

if TYPE_CHECKING:
    from ray.data import Dataset


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
        detector: Arguments of `Detector`, but for `threads` and `robust`; `None` for its defaults.
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
        RecipeError: If changed copies are asked for, `maps` is another word, or `threads` or
            `workers` no whole number of 1 or more.
        ForensicsError: As `Detector`.

    Example:
        >>> from forensics_rt.distributed import detect_dataset, read_results
        >>> summary = detect_dataset("scans/", "results/", threads=2)  # doctest: +SKIP
        >>> summary.done, summary.failed, summary.skipped  # doctest: +SKIP
        (1998, 2, 0)
    """
    if maps not in get_args(MapsWanted):
        raise RecipeError(f"maps must be one of {get_args(MapsWanted)}, but is {maps!r}")
    asked = dict(detector or {})
    if asked.get("robust"):
        raise RecipeError("rows have no column for changed copies; leave out `robust=True`")
    on_gpu = str(asked.get("device") or "").startswith("cuda")
    place = place_of(out)
    with connected(address) as ray, alone_with(ray, place):
        # All of it, before workers take the CPUs that a dataset is read with.
        inputs = list_inputs(paths, place)
        folder = ResultsFolder(place, resume)
        todo, skipped, failed_before = folder.before.to_do(inputs.files)
        wanted = usual_threads(ray) if threads is None else threads
        cpus = whole_number("threads", wanted, RecipeError)
        resources = {"num_cpus": float(cpus)} | ({"num_gpus": 1.0} if on_gpu else {})
        filesystems = tuple({id(f.place.filesystem): f.place.filesystem for f in todo}.values())
        setup = WorkerSetup(asked, cpus, filesystems, place, maps)
        size = workers_that_fit(ray, resources) if workers is None else workers
        size = min(whole_number("workers", size, RecipeError), max(1, len(todo)))
        pool = WorkerPool(setup, size, resources)
        count = Count(len(inputs.files), skipped, failed_before)
        run = Driver(pool, folder, Schedule(todo, folder.finished), count, filesystems, on_progress)
        try:
            run.go()
            memory = pool.peak_memory()
        finally:
            pool.close()
            folder.flush()  # what came in is kept, whatever ends the run
        return _concluded(run, inputs, place.name, memory)


def _concluded(run: Driver, inputs: Inputs, out: str, memory: list[int]) -> RunSummary:
    count, folder = run.count, run.folder
    count.check(folder.before.rows, folder.rows_there())
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
