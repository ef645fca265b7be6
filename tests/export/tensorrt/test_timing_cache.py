"""Timings: one file for a GPU and TensorRT, which builds at the same time do not spoil."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from export.tensorrt.lock import locked
from export.tensorrt.timing_cache import TimingCache, timing_cache_path
from forensics_rt.system.gpu_platform import GpuPlatform


class Timings:
    """Stands for ITimingCache: a set of names, combined as that one combines."""

    def __init__(self, data: bytes) -> None:
        self.names = set(json.loads(data)) if data else set()

    def combine(self, other: Timings, ignore_mismatch: bool) -> bool:
        assert not ignore_mismatch
        self.names |= other.names
        return True

    def serialize(self) -> memoryview:
        return memoryview(json.dumps(sorted(self.names)).encode())


class Config:
    """Stands for IBuilderConfig."""

    def create_timing_cache(self, data: bytes) -> Timings:
        return Timings(data)

    def set_timing_cache(self, cache: Timings, ignore_mismatch: bool) -> bool:
        assert not ignore_mismatch
        self.cache = cache
        return True

    def get_timing_cache(self) -> Timings:
        return self.cache


def test_two_builds_at_once_lose_nothing(tmp_path: Path) -> None:
    cache = TimingCache(tmp_path / "new" / "l4.timing")
    first, second = Config(), Config()
    cache.load_into(first)
    cache.load_into(second)
    first.cache.names.add("conv 3x3")
    second.cache.names.add("conv 1x1")
    cache.keep_from(first)
    cache.keep_from(second)
    cache.load_into(third := Config())
    assert third.cache.names == {"conv 3x3", "conv 1x1"}
    left = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert left == ["l4.timing", "l4.timing.lock"]


def test_a_lock_keeps_other_processes_waiting(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from export.tensorrt.lock import locked\n"
        "print('waiting', flush=True)\n"
        "with locked(Path(sys.argv[1])): print(time.time(), flush=True)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "x.lock")]
    with locked(tmp_path / "x.lock"):
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        assert other.stdout.readline() == "waiting\n"
        time.sleep(0.5)
        freed = time.time()
    told, _ = other.communicate(timeout=60)
    assert float(told) >= freed


def test_every_gpu_and_version_has_a_file_of_its_own() -> None:
    paths = {
        timing_cache_path(GpuPlatform(gpu=gpu), version)
        for gpu in ("NVIDIA L4", "NVIDIA A10")
        for version in ("10.16.1", "11.4.0")
    }
    assert len(paths) == 4
