"""What `doctor` says of GPUs and engines."""

import os
from importlib import metadata

import pytest
from typer.testing import CliRunner

from forensics_rt.backends import onnxruntime as adapter
from forensics_rt.backends.adapters import ADAPTERS
from forensics_rt.bundle.engines.probe import installed_tensorrt
from forensics_rt.cli.main import app
from forensics_rt.cuda.driver import probe_driver
from tests.conftest import set_speeds


@pytest.fixture
def doctor(monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")
    return lambda: CliRunner().invoke(app, ["doctor"])


def test_every_backend_is_listed_with_the_machine_that_engines_see(doctor):
    said = doctor().stdout
    assert all(name in said for name in ADAPTERS)
    assert "to build TensorRT engines: " in said
    for kind, version in installed_tensorrt().items():
        assert f"{kind} {version}" in said


def test_only_the_cpus_that_may_be_used_are_counted(doctor, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5, 7}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert "\n3 of 64 CPUs, " in doctor().stdout


def test_engines_lack_a_driver_where_there_is_none(doctor):
    if probe_driver().usable or "tensorrt-rtx" not in installed_tensorrt():
        pytest.skip("needs tensorrt-rtx, and no driver")
    said = doctor().stdout
    assert "no GPU" in said and "no NVIDIA driver" in said


def test_two_builds_of_onnxruntime_at_once_are_a_problem(doctor, monkeypatch):
    version = metadata.version
    both = {package: "1.31.1" for package in adapter.RIVALS}
    monkeypatch.setattr(metadata, "version", lambda name: both.get(name) or version(name))
    done = doctor()
    assert done.exit_code == 1
    assert "are both installed, share one folder" in done.stdout.replace("\n", " ")
    assert "-m pip uninstall -y onnxruntime onnxruntime-gpu" in done.stdout.replace("\n", " ")


def test_the_number_format_is_said_with_its_gain(doctor, monkeypatch):
    set_speeds(monkeypatch, int8=2.0)
    monkeypatch.setattr("forensics_rt.backends.openvino.formats_here", lambda *of: {"int8": None})
    said = doctor().stdout
    for name in ("default", "fast"):
        assert f"bundle {name} computes in int8: 2.00 times as fast as f32" in said


def test_a_format_that_was_not_taken_has_its_reason(doctor, monkeypatch):
    set_speeds(monkeypatch, bf16=0.66)
    monkeypatch.setattr("forensics_rt.backends.openvino.formats_here", lambda *of: {"bf16": None})
    assert "bf16 not taken: it is 0.66 times as fast as f32 here" in doctor().stdout
