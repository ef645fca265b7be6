"""Three nodes of Ray on this machine: what dies meanwhile changes no row."""

from __future__ import annotations

import time

import pytest

from benchmarks.ray.cluster import local_cluster, start_driver
from forensics_rt.distributed.parts import read_results

from .files import CRASHING, folder_of_all_kinds, rows_without_ray, without_the_runs_own

COUNT = 40
OPTIONS = ("--bundle", "fast", "--precision", "float32", "--resume")


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
    assert without_the_runs_own(rows).equals(rows_without_ray(pages, tmp_path / "expected"))
    assert all((out / name).is_file() for name in rows["map"].drop_null().to_pylist())
