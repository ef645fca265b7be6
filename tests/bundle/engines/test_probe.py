"""Asking the machine: an answer everywhere, a crash nowhere."""

from __future__ import annotations

from importlib import metadata

import pytest

from forensics_rt.bundle.engines.probe import gpu_platform, installed_tensorrt
from forensics_rt.cuda.driver import probe_driver
from forensics_rt.system.gpu_platform import GpuPlatform
from tests.bundle.engines.records import L4


@pytest.mark.skipif(probe_driver().usable, reason="is about machines without a GPU")
def test_without_a_driver_there_is_no_gpu() -> None:
    found = gpu_platform()
    assert found == GpuPlatform(tensorrt=installed_tensorrt())
    assert not found.has_gpu


def test_tensorrt_is_found_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "tensorrt-rtx":
            return "1.7.1.116"
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr("forensics_rt.bundle.engines.probe.metadata.version", version)
    assert installed_tensorrt() == {"tensorrt-rtx": "1.7.1.116"}


def test_a_machine_is_told_in_one_line() -> None:
    assert L4.describe() == (
        "NVIDIA L4 (8.9), driver 580.65.06, CUDA 13.0, tensorrt 11.4.0.106, tensorrt-rtx 1.7.1.116"
    )
    assert GpuPlatform().describe() == "no GPU, no TensorRT"


@pytest.mark.gpu
def test_with_a_driver_every_fact_is_there() -> None:
    if not probe_driver().usable:
        pytest.skip(str(probe_driver().reason))
    found = gpu_platform()
    assert found.gpu
    assert found.compute_capability is not None
    assert found.driver is not None
    assert found.cuda is not None
