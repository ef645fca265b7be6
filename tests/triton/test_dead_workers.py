"""Workers of a real server are killed while clients ask: every request has an answer or a reason.

The whole proof is `FORENSICS_RT_TRITON_REQUESTS=50 pytest tests/triton/test_dead_workers.py`, with
16 clients of 50 requests each.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.triton.server import Server
from forensics_rt.triton.probe import probe
from forensics_rt.triton.protocol import TritonHttp
from tests.bundles import constant_graph, write_bundle
from tests.triton.conftest import serve, start_clients

CLIENTS = 16
TILE = 512
MEMBER = f"forensics_rt_member_1_{TILE}"
REQUESTS = int(os.environ.get("FORENSICS_RT_TRITON_REQUESTS", "4"))
# Seconds in which a busy machine does what takes one.
PATIENCE = 120
REASONS = re.compile(
    "is not healthy|Exceeds maximum queue size|Request timeout expired|not ready|unknown model"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, client_python: Path) -> Iterator[Server]:
    """A server of a network that costs nothing."""
    folder = tmp_path_factory.mktemp("server")
    bundle = write_bundle(folder / "bundle", [constant_graph(0.25)], tiles=(TILE,))
    yield from serve(folder, bundle)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of one tile."""
    page = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    path = tmp_path_factory.mktemp("pages") / "page.png"
    assert cv2.imwrite(str(path), page)
    return path


@pytest.fixture
def watched(server: Server) -> Iterator[subprocess.Popen[str]]:
    """`forensics-rt triton watch` beside the server."""
    words = ["triton", "watch", "--url", f"http://{server.http}", "--every", "0.5"]
    for model in (MEMBER, "forensics_rt", "forensics_rt_bls"):
        words += ["--model", model]
    process = subprocess.Popen(
        [sys.executable, "-m", "forensics_rt", *words],
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.terminate()
    process.communicate()


def wait_until_ready(server: Server, model: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while (found := probe(TritonHttp(server.http), model)).state != "answers":
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def kill_one(server: Server, model: str) -> int:
    worker = server.workers(model)[0]
    worker.kill()
    return worker.pid


@pytest.mark.parametrize("model", ["forensics_rt", "forensics_rt_bls"])
def test_every_request_has_an_answer_or_a_reason(server, watched, client_python, page_file, model):
    wait_until_ready(server, model)
    clients = start_clients(
        client_python,
        server,
        page_file,
        model=model,
        clients=CLIENTS,
        requests=REQUESTS,
        brief=True,
    )
    killed, said = [], []
    assert clients.stdout is not None
    for line in clients.stdout:
        said.append(json.loads(line))
        answered = sum(one["ok"] for one in said)
        if len(killed) < 2 and answered >= (CLIENTS if not killed else 2 * CLIENTS):
            killed.append(kill_one(server, model))
    assert clients.wait() == 0
    asked = {(client, request) for client in range(CLIENTS) for request in range(REQUESTS)}
    assert {(one["client"], one["request"]) for one in said} == asked
    assert killed
    failed = [one for one in said if not one["ok"]]
    assert all(one["status"] in ("500", "503", "400") for one in failed), failed
    assert all(REASONS.search(one["reason"]) for one in failed), failed
    assert len({one["probability_png"] for one in said if one["ok"]}) == 1
    wait_until_ready(server, model)
    assert not {worker.pid for worker in server.workers(model)} & set(killed)


def test_a_member_that_died_is_a_503_of_the_pipeline_and_comes_back(server, page_file, ask):
    wait_until_ready(server, "forensics_rt_bls")
    # All: a second instance would answer.
    for worker in server.workers(MEMBER):
        worker.kill()
    (said,) = ask(server, page_file, model="forensics_rt_bls")
    assert (said["ok"], said["status"]) == (False, "503")
    assert MEMBER in said["reason"]
    assert probe(TritonHttp(server.http), MEMBER).state == "worker dead"
    assert TritonHttp(server.http).load(MEMBER, PATIENCE).status == 200
    wait_until_ready(server, "forensics_rt_bls")


def test_the_server_calls_a_model_ready_whose_workers_are_all_dead(server):
    """What the probe is for."""
    import urllib.request

    wait_until_ready(server, "forensics_rt")
    for worker in server.workers("forensics_rt"):
        worker.kill()
    said = _probe_command(server)
    assert (said.returncode, "worker dead" in said.stdout) == (1, True)
    with urllib.request.urlopen(f"http://{server.http}/v2/models/forensics_rt/ready") as reply:
        assert reply.status == 200
    before = len(server.workers("forensics_rt"))
    assert TritonHttp(server.http).load("forensics_rt", PATIENCE).status == 200
    assert len(server.workers("forensics_rt")) >= before + 2
    assert _probe_command(server).returncode == 0


def test_a_full_queue_is_a_503_at_once(tmp_path, client_python, page_file, ask):
    bundle = write_bundle(tmp_path / "bundle", [constant_graph(0.25)], tiles=(TILE,))
    asked = {"models": ["forensics_rt"], "instances": 1, "queue": 1}
    for server in serve(tmp_path, bundle, **asked):
        said = ask(server, page_file, clients=CLIENTS, requests=4, brief=True)
        assert len(said) == CLIENTS * 4
        refused = [one for one in said if not one["ok"]]
        assert refused and any(one["ok"] for one in said)
        assert {(one["status"], "maximum queue size" in one["reason"]) for one in refused} == {
            ("503", True)
        }


def _probe_command(server: Server) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "forensics_rt", "triton", "probe", "--url", server.http],
        capture_output=True,
        text=True,
    )
