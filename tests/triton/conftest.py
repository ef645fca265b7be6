"""Real Triton servers and real clients, where `FORENSICS_RT_TRITON` names a folder with both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.triton import wheel
from benchmarks.triton.server import Server, running
from export.triton.repository import write_repository
from export.triton.request import RepositoryRequest
from forensics_rt import Bundle

CLIENT = Path(wheel.__file__).with_name("client.py")
# The interpreter of an environment with numpy 1.26, to serve from.
NUMPY_1 = "FORENSICS_RT_TRITON_NUMPY1"


@pytest.fixture(scope="session")
def client_python() -> Path:
    """The interpreter that has tritonclient."""
    if reason := wheel.why_not():
        pytest.skip(reason)
    python = Path(os.environ[wheel.FOLDER]) / "client" / "bin" / "python"
    if not python.is_file():
        pytest.skip(
            f"{python} is missing: python3 -m venv {python.parents[1]} && "
            f"{python.parent}/pip install 'tritonclient[http,grpc]'"
        )
    return python


@pytest.fixture(scope="session")
def interpreters() -> dict[str, Path]:
    """The interpreters that models can be served from, by the major version of their numpy."""
    named = os.environ.get(NUMPY_1)
    return {"numpy 2": Path(sys.executable)} | ({"numpy 1": Path(named)} if named else {})


def serve(
    folder: Path, bundle: Bundle, python: Path | None = None, **asked: Any
) -> Iterator[Server]:
    """Write a repository and run a server over all of its models, or those named."""
    models = asked.pop("models", None)
    parameters = (("precision", "float32"), ("threads", "1"), *asked.pop("parameters", ()))
    wanted = {"instances": 2, "bls_instances": 2, "warm_up": False, **asked}
    out = folder / "models"
    write_repository(RepositoryRequest(bundle, out, parameters=parameters, **wanted))
    models = models or [place.parent.name for place in out.glob("*/config.pbtxt")]
    with running(out, models, folder, python=python) as server:
        yield server


@pytest.fixture(scope="session")
def ask(client_python: Path) -> Callable[..., list[dict[str, Any]]]:
    """Send files with the real client, and return what came of each request."""

    def send(server: Server, *files: Path, way: str = "http", **options: Any) -> list[Any]:
        process = start_clients(client_python, server, *files, way=way, **options)
        said, errors = process.communicate()
        assert process.returncode == 0, errors
        return [json.loads(line) for line in said.splitlines()]

    return send


def start_clients(
    python: Path, server: Server, *files: Path, way: str = "http", **options: Any
) -> subprocess.Popen[str]:
    """Start clients, whose lines are then read from their standard output."""
    words = [str(python), str(CLIENT), "--way", way]
    words += ["--url", server.http if way.startswith("http") else server.grpc]
    for name, value in options.items():
        words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return subprocess.Popen(
        [*words, *map(str, files)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
