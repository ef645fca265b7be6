"""A detector being measured: opened, run, streamed, asked for its maps."""

from __future__ import annotations

import time
from pathlib import Path

from forensics_rt.bench.answers import BenchAnswer, write_answer
from forensics_rt.bench.pages import BenchPage
from forensics_rt.bench.samples import Opened, TimedRun, TimedStream
from forensics_rt.bench.setting import Setting, open_detector
from forensics_rt.bundle.opening import Bundle
from forensics_rt.results.provenance import Provenance


class Subject:
    """A detector under one setting, and the images it is measured on.

    Args:
        bundle: Folder of the bundle.
        setting: How to run it.
        pages: One or more images.
        folder: Where results and maps go.

    Raises:
        ForensicsError: If the setting cannot run, or the first image not be read.
    """

    def __init__(self, bundle: str, setting: Setting, pages: list[BenchPage], folder: Path) -> None:
        """Open the detector and run the first image."""
        start = time.perf_counter()
        self._detector = open_detector(Bundle.open(bundle), setting)
        self._detector(pages[0].data, pages[0].name)
        self._start_seconds = time.perf_counter() - start
        self._pages = pages
        self._folder = folder

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
            versions=dict(uses.versions),
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

    def map(self, image: int) -> None:
        """Write what is found in one image into the folder, see `answers`."""
        detection = self._detector(self._pages[image].data)
        write_answer(self._folder, image, BenchAnswer(detection.probability, detection.mask))

    def close(self) -> None:
        """Give back what the engine holds."""
        self._detector.close()
