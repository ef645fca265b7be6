"""What is measured of one setting, raw."""

from __future__ import annotations

from dataclasses import dataclass

from forensics_rt.bench.gpu import GpuState
from forensics_rt.bench.setting import Setting
from forensics_rt.bundle.parity import Difference


@dataclass(frozen=True)
class Opened:
    """A setting that has been started and warmed up.

    Attributes:
        backend: The backend that really runs.
        device: What computes.
        precision: Number format of the arithmetic.
        batch: Most tiles in one call of the engine.
        versions: Of its packages.
        threshold: Probability from which a pixel counts as forged.
        start_seconds: From nothing to the first answer: opening, compiling or loading, one image.
        pixels: All pixels of all images.
        tiles: What the networks see for all images: tiles × symmetries × members; of tiles that a
            cascade settles, what its network sees.
    """

    backend: str
    device: str
    precision: str
    batch: int
    versions: dict[str, str]
    threshold: float
    start_seconds: float
    pixels: int
    tiles: int


@dataclass(frozen=True)
class TimedRun:
    """One image, alone.

    Attributes:
        image: Index of the image.
        latency_seconds: Wall time from its bytes to its `Detection`.
        cpu_seconds: Of all threads of the process in that time.
        stages: Seconds by stage; `encode`, the writing of the result, comes after the latency.
    """

    image: int
    latency_seconds: float
    cpu_seconds: float
    stages: dict[str, float]

    @property
    def idle_seconds(self) -> float:
        """Part of the latency in no stage: steps between stages, and waiting."""
        inside = sum(value for stage, value in self.stages.items() if stage != "encode")
        return max(0.0, self.latency_seconds - inside)


@dataclass(frozen=True)
class TimedStream:
    """All images once through `Detector.stream`, nothing written.

    Attributes:
        seconds: Wall time.
        cpu_seconds: Of all threads of the process in that time.
        engine_seconds: Part of it in the engine, or on the device where all happens there.
    """

    seconds: float
    cpu_seconds: float
    engine_seconds: float


@dataclass(frozen=True)
class Samples:
    """Everything measured of one setting.

    Attributes:
        setting: Which.
        opened: What it turned out to be.
        runs: One image at a time, in the order of the rounds.
        streams: All images as a stream.
        peak_rss: Most memory of its process, in bytes; `None` if the system does not tell.
        gpu: The GPU right after the last run of this setting; `None` without one.
        gpu_memory_mib: Memory of the GPU that starting it took, by `nvidia-smi` before and after.
        parity: Against the reference backend over all pixels of all images; `None` without one.
    """

    setting: Setting
    opened: Opened
    runs: tuple[TimedRun, ...]
    streams: tuple[TimedStream, ...]
    peak_rss: int | None
    gpu: GpuState | None
    gpu_memory_mib: float | None
    parity: Difference | None

    @property
    def latencies(self) -> tuple[float, ...]:
        """Seconds of each run."""
        return tuple(run.latency_seconds for run in self.runs)
