"""Kernel timings kept from one build to the next: one file for each GPU and TensorRT."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from filelock import FileLock

from forensics_rt.system.cache import cache_folder
from forensics_rt.system.gpu_platform import GpuPlatform


class TimingCache:
    """A file of timings that several builds may use at once.

    The lock is held while the file is read and while it is written, not during the build; what two
    builds measured at the same time is joined, none is lost.

    Args:
        path: Of the file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        """Make the folder."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(path.with_name(f"{path.name}.lock"))

    def load_into(self, config: Any) -> None:
        """Give a builder what was measured before."""
        with self._lock:
            known = self._read()
        if not config.set_timing_cache(config.create_timing_cache(known), False):
            # Measured with another driver, or damaged: begin anew.
            config.set_timing_cache(config.create_timing_cache(b""), False)

    def keep_from(self, config: Any) -> None:
        """Add what a builder measured to the file."""
        measured = config.get_timing_cache()
        with self._lock:
            # Another build may have written since this one read.
            measured.combine(config.create_timing_cache(self._read()), False)
            partial = self._path.with_name(f"{self._path.name}.partial-{os.getpid()}")
            partial.write_bytes(bytes(measured.serialize()))
            partial.replace(self._path)

    def _read(self) -> bytes:
        return self._path.read_bytes() if self._path.is_file() else b""


def timing_cache_path(machine: GpuPlatform, version: str) -> Path | None:
    """Return the file of one GPU and one TensorRT in the user's cache; `None` without a home.

    Example:
        >>> timing_cache_path(GpuPlatform(gpu="NVIDIA L4"), "11.4.0")  # doctest: +SKIP
        PosixPath('/home/me/.cache/forensics_rt/timing/NVIDIA-L4_tensorrt-11.4.0.timing')
    """
    gpu = re.sub(r"[^A-Za-z0-9.]+", "-", machine.gpu or "no-gpu")
    folder = cache_folder("timing")
    return None if folder is None else folder / f"{gpu}_tensorrt-{version}.timing"
