"""A detector being measured: opened, run, streamed, asked for its maps."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from forensics_rt.bench.pages import BenchPage
from forensics_rt.bench.samples import Opened, TimedRun, TimedStream
from forensics_rt.bench.setting import Setting, open_detector
from forensics_rt.bundle.opening import Bundle
from forensics_rt.results.provenance import Provenance
from forensics_rt.system.memory import peak_bytes


@dataclass(frozen=True, eq=False)
class BenchAnswer:
    """What was found in an image.

    Attributes:
        probability: H×W float32 in [0, 1].
        mask: What is reported, H×W bool: threshold and high threshold have decided.
    """

    probability: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Task:
    """One setting to be measured.

    Attributes:
        bundle: Folder of the bundle.
        setting: How to run it.
        pages: One or more images.
        folder: Where results go.
    """

    bundle: str
    setting: Setting
    pages: tuple[BenchPage, ...]
    folder: Path


class Subject:
    """A detector under one setting, and the images it is measured on.

    Args:
        task: The setting, and what it is measured on.

    Raises:
        ForensicsError: If the setting cannot run, or the first image not be read.
    """

    def __init__(self, task: Task) -> None:
        """Open the detector and run the first image."""
        start = time.perf_counter()
        self._detector = open_detector(Bundle.open(task.bundle), task.setting)
        self._pages, self._folder = task.pages, task.folder
        self._detector(self._pages[0].data, self._pages[0].name)
        self._start_seconds = time.perf_counter() - start

    def opened(self) -> Opened:
        """Say what it turned out to be; runs every image once."""
        pixels = tiles = 0
        for page in self._pages:
            detection = self._detector(page.data, page.name)
            pixels += detection.probability.size
            tiles += self._tiles_computed(detection.provenance)
        uses = self._detector.capabilities
        return Opened(
            backend=uses.name,
            device=uses.device,
            precision=uses.precision,
            batch=uses.batch,
            # Plain ones: torch's are of a type of its own.
            versions={name: str(version) for name, version in uses.versions.items()},
            threshold=self._detector.threshold,
            start_seconds=self._start_seconds,
            pixels=pixels,
            tiles=tiles,
        )

    def _tiles_computed(self, provenance: Provenance) -> int:
        recipe, tiles = provenance.recipe, provenance.tiles
        members = recipe.members or len(self._detector.bundle.manifest.members)
        screened = 0 if recipe.exit_threshold is None else tiles
        return (tiles - provenance.settled_tiles) * len(recipe.tta) * members + screened

    def run(self, image: int) -> TimedRun:
        """Find the forged pixels of one image, and write the result."""
        cpu, start = time.process_time(), time.perf_counter()
        detection = self._detector(self._pages[image].data)
        done = time.perf_counter()
        cpu = time.process_time() - cpu
        stages = dict(detection.seconds)
        written = time.perf_counter()
        detection.save(self._folder, "result")
        stages["encode"] = time.perf_counter() - written
        return TimedRun(image, done - start, cpu, stages)

    def stream(self) -> TimedStream:
        """Take all images through as a stream, and write nothing."""
        engine = 0.0
        cpu, start = time.process_time(), time.perf_counter()
        for detection in self._detector.stream(page.data for page in self._pages):
            engine += detection.seconds.get("engine", 0.0) + detection.seconds.get("device", 0.0)
        return TimedStream(time.perf_counter() - start, time.process_time() - cpu, engine)

    def map(self, image: int) -> BenchAnswer:
        """Return what is found in one image."""
        detection = self._detector(self._pages[image].data)
        return BenchAnswer(detection.probability, detection.mask)

    def peak_rss(self) -> int | None:
        """Return the most memory that this process ever had, in bytes; `None` if not told."""
        return peak_bytes()

    def close(self) -> None:
        """Give back what the engine holds."""
        self._detector.close()
