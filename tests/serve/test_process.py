"""`forensics-rt serve` as people start it, and its end."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from forensics_rt.cli.main import app
from tests.serve.conftest import noise, png, tiff, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def started(bundle, tmp_path):
    """Start the command with options; return its process and address."""
    running = []

    def start(*options):
        log = tmp_path / "log.jsonl"
        command = [sys.executable, "-m", "forensics_rt", "serve", "--port", "0"]
        command += ["--bundle", str(bundle.path), "--backend", "numpy", *options]
        with log.open("wb") as file:
            process = subprocess.Popen(command, stderr=file, cwd=ROOT, env=dict(os.environ))
        running.append(process)
        until(lambda: process.poll() is not None or '"address"' in log.read_text())
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        address = next(line["address"] for line in lines if "address" in line)
        until(lambda: httpx.get(f"{address}/ready").status_code == 200)
        return process, address, log

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_sigterm_ends_it_once_all_accepted_requests_are_answered(started):
    process, address, log = started()
    answers = []
    threads = [
        threading.Thread(
            target=lambda seed=seed: answers.append(
                httpx.post(f"{address}/v1/detect", content=png(noise(400, 400, seed)), timeout=30)
            )
        )
        for seed in range(6)
    ]
    for thread in threads:
        thread.start()
    # All are there: the queue or the engine has them.
    until(lambda: sum(map(int, inside(address))) >= 4)
    process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(30)
    assert process.wait(30) == 0
    assert {answer.status_code for answer in answers} <= {200, 503} and len(answers) == 6
    assert sum(answer.status_code == 200 for answer in answers) >= 4
    for line in log.read_text().splitlines():
        json.loads(line)


def inside(address: str) -> list[float]:
    told = httpx.get(f"{address}/metrics").text.splitlines()
    names = ("forensics_rt_queue_depth ", "forensics_rt_images_under_way ")
    return [float(line.split()[1]) for line in told if line.startswith(names)]


def test_a_job_is_finished_and_fetched_before_the_end(started):
    process, address, _ = started()
    pages = tiff(*(noise(200, 200, seed) for seed in range(5)))
    place = httpx.post(f"{address}/v1/jobs", content=pages).headers["location"]
    process.send_signal(signal.SIGTERM)
    until(lambda: httpx.get(f"{address}/ready").status_code == 503)
    assert httpx.post(f"{address}/v1/detect", content=pages).json()["error"] == "Draining"
    until(lambda: httpx.get(address + place).json()["state"] == "done")
    assert len(httpx.get(f"{address}{place}/result").json()) == 5
    assert process.wait(30) == 0


def test_a_second_signal_ends_it_at_once(started):
    process, address, _ = started()
    httpx.post(f"{address}/v1/jobs", content=tiff(*(noise(400, 400, seed) for seed in range(9))))
    process.send_signal(signal.SIGTERM)
    until(lambda: httpx.get(f"{address}/ready").status_code == 503)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_a_port_in_use_is_an_error_with_advice(started):
    _, address, _ = started()
    done = CliRunner().invoke(app, ["serve", "--port", address.rpartition(":")[2]])
    assert "cannot be listened at" in str(done.exception) and "--port" in str(done.exception)


@pytest.mark.parametrize("token", ["short", "with spaces in between it", "ü" * 20])
def test_a_token_that_is_none_is_refused(tmp_path, token):
    file = tmp_path / "token"
    file.write_text(token + "\n")
    done = CliRunner().invoke(app, ["serve", "--token-file", str(file)])
    assert done.exit_code == 2 and "openssl rand" in done.output.replace("│", "").replace("\n", " ")


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    done = CliRunner().invoke(app, ["serve"])
    assert "pip install 'forensics_rt[serve]'" in str(done.exception)
