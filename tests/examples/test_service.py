"""The clients of `examples/service/` against a real service."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forensics_rt.serve.settings import Settings
from tests.serve.conftest import gate, pdf, png, serve, until  # noqa: F401

CLIENTS = Path(__file__).parents[2] / "examples" / "service"
TOKEN = "a-token-of-the-tests-0123456789"


@pytest.fixture
def served(serve, monkeypatch, tmp_path, page):  # noqa: F811
    """A service that wants a token, and an image and a PDF to send, in an empty folder."""
    (tmp_path / "page.png").write_bytes(png(page))
    (tmp_path / "bad.png").write_bytes(b"no image")
    (tmp_path / "page.pdf").write_bytes(pdf(page))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORENSICS_RT_TOKEN", TOKEN)
    return serve(Settings(token=TOKEN, isolate=False))


def test_python(served, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["client.py", "page.png", served.address])
    runpy.run_path(str(CLIENTS / "client.py"), run_name="__main__")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "page.png: None, 2 regions" and len(said) == 3


def test_python_says_what_the_service_says(served):
    client = runpy.run_path(str(CLIENTS / "client.py"))
    with pytest.raises(ValueError, match=r"ImageUnreadable: .*request "):
        client["detect"](Path("bad.png"), served.address)


def test_python_tries_again_where_it_is_asked_to(served, monkeypatch):
    client = runpy.run_path(str(CLIENTS / "client.py"))
    service = served.service
    service.draining.set()
    paused = []

    def pause(seconds):
        paused.append(seconds)
        service.draining.clear()

    monkeypatch.setattr("time.sleep", pause)
    assert client["detect"](Path("page.png"), served.address)["name"] == "page.png"
    assert len(paused) == 1 and 3 < paused[0] < 7  # Retry-After is 5 s


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl(served):
    command = ["sh", str(CLIENTS / "client.sh"), "page.png", served.address, "page.pdf"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[1])["name"] == "page.png"
    assert Path("overlay.png").read_bytes().startswith(b"\x89PNG")
    assert Path("annotated.pdf").read_bytes().startswith(b"%PDF")
    refused = subprocess.run([*command[:2], "bad.png", served.address], capture_output=True)
    assert refused.returncode != 0 and b"ImageUnreadable" in refused.stdout


@pytest.mark.skipif(shutil.which("c++") is None, reason="needs a C++ compiler")
def test_cpp(served, tmp_path):
    program = tmp_path / "client"
    source = str(CLIENTS / "client.cpp")
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-O0", "-o", str(program)]
    subprocess.run(["c++", *flags, source], check=True)
    where = ["127.0.0.1", str(served.port)]
    done = subprocess.run([program, "page.png", *where], capture_output=True, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout)["name"] == "upload"
    done = subprocess.run([program, "bad.png", *where], capture_output=True, timeout=60)
    assert done.returncode == 1 and json.loads(done.stdout)["error"] == "ImageUnreadable"
    environment = {**os.environ, "FORENSICS_RT_TOKEN": "wrong-token"}
    done = subprocess.run([program, "page.png", *where], capture_output=True, env=environment)
    assert done.returncode == 1 and json.loads(done.stdout)["error"] == "Unauthorized"
