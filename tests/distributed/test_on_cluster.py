"""Three nodes of Ray on this machine: what dies meanwhile changes no row."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest

from benchmarks.ray_cluster import local_cluster, start_driver
from forensics_rt.distributed.inputs import list_inputs
from forensics_rt.distributed.places import place_of
from forensics_rt.distributed.results_folder import read_results
from forensics_rt.distributed.rows import of_file, row_schema
from forensics_rt.distributed.worker import Worker, WorkerSetup, fatal_row, settings_id

from .files import CRASHING, folder_of_all_kinds

COUNT = 40
# One worker writes no maps here, and takes another time.
NOT_HERE = ["map", "mask", "seconds"]
OPTIONS = ("--bundle", "fast", "--precision", "float32", "--resume")


def expected_rows(pages, out):
    """Return the rows that one worker gives without Ray; what decoders die of it is not given."""
    files = list_inputs([pages], place_of(out)).files
    here = (place_of(out).filesystem,)
    detector = {"bundle": "fast", "precision": "float32"}
    worker = Worker(WorkerSetup(detector, 1, here, place_of(out), "none"))
    settings = settings_id(worker.start())
    readable = [file for file in files if not file.name.endswith("fatal.bmp")]
    answers = worker.read(1, [(0, file.place.path, file.name) for file in files])
    contents = dict(zip((file.name for file in files), (one for one, _ in answers), strict=True))
    places = [files.index(file) for file in readable]
    computed = dict(zip(places, worker.compute(1, places, checked=False), strict=True))
    fatal = [fatal_row(settings, "died of SIGKILL")]
    rows = [
        of_file(row, file, contents[file.name])
        for place, file in enumerate(files)
        for row in computed.get(place, fatal)
    ]
    return pa.Table.from_pylist(rows, row_schema()).drop_columns(NOT_HERE)


def wait_for_rows(out, driver, least):
    while driver.poll() is None:
        if list((out / "parts").glob("*.parquet")) and read_results(out).num_rows >= least:
            return
        time.sleep(0.1)
    pytest.fail(f"the driver ended too soon: {driver.communicate()[0]}")


def test_rows_are_those_of_one_worker_whatever_dies(tmp_path):
    pages, out = folder_of_all_kinds(tmp_path / "pages", COUNT), tmp_path / "out"
    with local_cluster(3, path=CRASHING) as cluster:
        driver = start_driver(cluster.address, pages, out, *OPTIONS)
        while not (workers := cluster.workers()) and driver.poll() is None:
            time.sleep(0.1)
        workers[0].kill()
        wait_for_rows(out, driver, least=5)
        driver.kill()
        driver.communicate()
        driver = start_driver(cluster.address, pages, out, *OPTIONS)
        said, _ = driver.communicate(timeout=300)
    assert driver.returncode == 1, said  # some files are corrupt
    assert f"{COUNT + 1} files: " in said and " 0 of an earlier run" not in said
    rows = read_results(out)
    assert rows.drop_columns(NOT_HERE).equals(expected_rows(pages, tmp_path / "expected"))
    assert all((out / name).is_file() for name in rows["map"].drop_null().to_pylist())
