"""A command starts with what it needs, and nothing else."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forensics_rt.cli.lazy_commands import LazyCommands
from forensics_rt.cli.quick_start import quick_start
from tests.bundles import brightness_graph, write_bundle

ROOT = Path(__file__).parents[2]
# What `detect` must not import for one JPEG on the CPU: each makes its start longer.
NOT_FOR_DETECT = (
    *("torch", "onnx", "onnxruntime", "tensorrt", "matplotlib", "pikepdf", "pypdfium2"),
    *("psutil", "scipy", "sklearn"),
    *("openvino.tools", "openvino_telemetry", "rich.progress"),
    *("forensics_rt.bench", "forensics_rt.calibrate", "forensics_rt.large", "forensics_rt.cuda"),
    *("forensics_rt.cli.bench", "forensics_rt.cli.doctor", "forensics_rt.cli.earlier"),
    *("forensics_rt.cli.verify", "forensics_rt.inference.cuda", "forensics_rt.io.damage.tiff"),
)
# That part of it asks a driver for GPUs, without which no device can be named.
_ALLOWED = ("forensics_rt.cuda", "forensics_rt.cuda.driver")


def test_detect_imports_what_one_page_on_the_cpu_needs(tmp_path):
    script = """
import atexit, sys
def show():
    sys.stderr.write(" ".join(sys.modules))
atexit.register(show)
from forensics_rt.cli.main import main
main()
"""
    write_bundle(tmp_path / "bundle", [brightness_graph()])
    words = ["detect", "docs/samples/receipt.jpg", "--bundle", tmp_path / "bundle"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words, "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.splitlines()[-1].split()) - set(_ALLOWED)
    spared = tuple(f"{name}." for name in NOT_FOR_DETECT)
    assert [name for name in loaded if name in NOT_FOR_DETECT or name.startswith(spared)] == []


def test_a_command_is_imported_when_it_is_asked_for():
    loaded = subprocess.run(
        [sys.executable, "-c", "import forensics_rt.cli.main, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout.split()

    assert "forensics_rt.cli.detect" not in loaded and "numpy" not in loaded
    assert LazyCommands().commands["verify"].name == "verify"


def test_the_interpreter_is_as_before_once_a_command_has_started(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "mine")
    before = sys.getswitchinterval()

    with pytest.raises(KeyError), quick_start(matrices=False):
        assert not gc.isenabled() and os.environ["OPENBLAS_NUM_THREADS"] == "1"
        raise KeyError

    assert gc.isenabled() and sys.getswitchinterval() == before
    assert "OPENBLAS_NUM_THREADS" not in os.environ
    assert os.environ["PYDANTIC_DISABLE_PLUGINS"] == "mine"
