"""From what was measured to the figures of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forensics_rt.bench.samples import Samples
from forensics_rt.inference.timing import STAGES

# In the order of the work; `idle` is what the latency has beside the stages before it.
ROWS = (*(stage for stage in STAGES if stage != "encode"), "idle", "encode")
_PERCENTILES = {"p50": 50, "p90": 90, "p95": 95, "p99": 99}


@dataclass(frozen=True)
class Figures:
    """One setting in numbers.

    Attributes:
        latency_ms: p50, p90, p95 and p99 of one image alone, from bytes to `Detection`.
        images_per_second: As a stream, the median of the streams; so are the next two.
        megapixels_per_second: Pixels of the images, not of the tiles.
        tiles_per_second: What the networks see: tiles × symmetries × members.
        stages_ms: Mean of each stage, one image alone. All but `encode` add up to the mean latency.
        outside_engine: Share of a stream's wall time in which the engine did not run; on a device,
            in which that had nothing to do.
        cpu_ms: Time of all threads, one image alone, median.
        cores_busy: That over the latency: how many cores worked on average.
        start_seconds: From nothing to the first answer.
        peak_rss_mib: Most memory of the process; `None` if unknown.
    """

    latency_ms: dict[str, float]
    images_per_second: float
    megapixels_per_second: float
    tiles_per_second: float
    stages_ms: dict[str, float]
    outside_engine: float
    cpu_ms: float
    cores_busy: float
    start_seconds: float
    peak_rss_mib: float | None


def figures_of(samples: Samples) -> Figures:
    """Return the figures of a setting.

    Args:
        samples: What was measured of it.
    """
    opened, streams = samples.opened, samples.streams
    images = len({run.image for run in samples.runs})
    stream_seconds = float(np.median([stream.seconds for stream in streams]))
    latency = 1000 * np.percentile(samples.latencies, list(_PERCENTILES.values()))
    cpu = sum(run.cpu_seconds for run in samples.runs)
    outside = [max(0.0, 1 - stream.engine_seconds / stream.seconds) for stream in streams]
    return Figures(
        latency_ms=dict(zip(_PERCENTILES, latency.round(3).tolist(), strict=True)),
        images_per_second=round(images / stream_seconds, 3),
        megapixels_per_second=round(opened.pixels / 1e6 / stream_seconds, 3),
        tiles_per_second=round(opened.tiles / stream_seconds, 3),
        stages_ms=stage_table(samples),
        outside_engine=round(float(np.median(outside)), 4),
        cpu_ms=round(1000 * float(np.median([run.cpu_seconds for run in samples.runs])), 3),
        cores_busy=round(cpu / sum(samples.latencies), 2),
        start_seconds=round(opened.start_seconds, 3),
        peak_rss_mib=None if samples.peak_rss is None else round(samples.peak_rss / 2**20, 1),
    )


def stage_table(samples: Samples) -> dict[str, float]:
    """Return the mean milliseconds of each stage that there was, in the order of the work."""
    table = {}
    for stage in ROWS:
        found = [
            run.idle_seconds if stage == "idle" else run.stages[stage]
            for run in samples.runs
            if stage == "idle" or stage in run.stages
        ]
        if found:
            table[stage] = round(1000 * float(np.mean(found)), 4)
    return table
