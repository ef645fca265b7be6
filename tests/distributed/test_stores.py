"""Runs on a cluster of this machine: a dataset as input, and S3 from a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import time

import pytest
import ray

from benchmarks.ray.cluster import local_cluster
from benchmarks.ray.pages import Shares, write_pages
from forensics_rt.distributed import detect_dataset, read_results
from forensics_rt.distributed.stores import place_of
from forensics_rt.errors import OutputError

from .files import DETECTOR, rows_without_ray, without_the_runs_own

COUNT = 10
# moto needs packages in versions that others here do not take: it has an environment of its own.
SERVER = os.environ.get("FORENSICS_RT_MOTO")


# Of real servers that speak S3 moto alone does not read what pyarrow sends in several chunks.
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
}


@pytest.fixture(scope="module")
def cluster():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        with local_cluster(1, cpus=2) as started:
            ray.init(address=started.address, log_to_driver=False)
            yield started
            ray.shutdown()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    write_pages(folder, COUNT, shares=Shares(corrupt=10, copies=10, fax=10))
    return folder


def test_a_dataset_is_begun_and_a_folder_continues(cluster, pages, tmp_path):
    out = tmp_path / "out"
    few = sorted(pages.iterdir())[:3]
    listed = ray.data.from_items([{"path": str(file)} for file in few])
    begun = detect_dataset(listed, out, detector=DETECTOR, workers=1)
    assert (begun.files, begun.done + begun.failed) == (3, 3)
    with pytest.raises(OutputError, match="holds results of an earlier run"):
        detect_dataset(pages, out, detector=DETECTOR)
    with pytest.raises(OutputError, match="made with another recipe"):
        other = {**DETECTOR, "threshold": 0.9}
        detect_dataset(pages, out, detector=other, workers=1, resume=True)
    summary = detect_dataset(pages, out, detector=DETECTOR, workers=1, resume=True)
    assert (summary.files, summary.skipped, summary.copies) == (COUNT, 3, 1)
    expected = rows_without_ray(pages, tmp_path / "expected")
    assert without_the_runs_own(read_results(out)).equals(expected)


@pytest.fixture
def bucket(cluster):
    """A bucket of a server that speaks S3."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [SERVER, "-H", "127.0.0.1", "-p", str(port)]
    settings = f"?endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as server:
        try:
            _wait_for(port)
            allowed = place_of(f"s3://scans{settings}&allow_bucket_creation=true")
            allowed.filesystem.create_dir("scans")
            yield lambda key: f"s3://scans/{key}{settings}"
        finally:
            server.terminate()


def _wait_for(port):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server does not start")


@pytest.mark.skipif(SERVER is None, reason="no moto_server; name it in FORENSICS_RT_MOTO")
def test_a_bucket_gives_the_same_rows_and_takes_them(pages, bucket, tmp_path):
    address = bucket
    for file in pages.iterdir():
        place_of(address(f"in/{file.name}")).write(file.read_bytes())
    place_of(address("in/notes.txt")).write(b"no image")
    summary = detect_dataset(address("in"), address("out"), detector=DETECTOR, workers=1)
    assert summary.passed_over == {".txt": 1} and summary.out == "s3://scans/out"
    rows = read_results(address("out"))
    assert rows["path"][0].as_py() == "s3://scans/in/page-00000.jpg"
    expected = rows_without_ray(pages, tmp_path / "expected")
    names = ["path", "modified"]
    assert without_the_runs_own(rows).drop_columns(names).equals(expected.drop_columns(names))
    name = rows["map"].drop_null()[0].as_py()
    assert place_of(address(f"out/{name}")).read().startswith(b"\x89PNG")
    again = detect_dataset(address("in"), address("out"), detector=DETECTOR, workers=1, resume=True)
    assert (again.skipped, again.done, again.failed) == (COUNT, 0, 0)
