"""Timings: one file for a GPU and TensorRT, which builds at the same time do not spoil."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Timer

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


def test_a_build_waits_while_another_process_holds_the_file(tmp_path: Path) -> None:
    program = (
        "import sys; from filelock import FileLock\n"
        "with FileLock(sys.argv[1]):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
        "    open(sys.argv[2], 'w').write('[\"conv 3x3\"]')"
    )
    file = tmp_path / "l4.timing"
    command = [sys.executable, "-c", program, f"{file}.lock", str(file)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "held\n"
        Timer(0.2, other.stdin.close).start()
        TimingCache(file).load_into(config := Config())
    assert config.cache.names == {"conv 3x3"}, "read after the other had written"


def test_every_gpu_and_version_has_a_file_of_its_own() -> None:
    paths = {
        timing_cache_path(GpuPlatform(gpu=gpu), version)
        for gpu in ("NVIDIA L4", "NVIDIA A10")
        for version in ("10.16.1", "11.4.0")
    }
    assert len(paths) == 4
