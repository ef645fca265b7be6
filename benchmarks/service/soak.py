"""Do memory, file handles and threads stay flat, and answers the same, however long it goes on?"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from itertools import cycle, islice

import psutil

from benchmarks.service.load import Load, run_load
from benchmarks.service.pages import LoadFile, mixed_files
from benchmarks.service.process import ServiceProcess
from benchmarks.service.soak_record import Answers, Sample, Soak
from forensics_rt import Detector

# Of the load, again and again: the same file must have the same answer. Few, because this process
# keeps the first answer to each, and has a detector of its own in the second part.
_FILES = 40
_SIDES = ((256, 256), (320, 240), (384, 384))
_SAMPLES = 400  # at most


class _Watch:
    def __init__(self, soak: Soak) -> None:
        self._soak = soak
        self._began = time.monotonic()
        self._next = 0

    def look(self, done: int, memory: int, handles: int, threads: int) -> None:
        self._next = done + max(1, self._soak.asked // _SAMPLES)
        seconds = round(time.monotonic() - self._began, 2)
        self._soak.samples.append(Sample(done, seconds, memory, handles, threads))

    def is_due(self, done: int) -> bool:
        return done >= self._next


def soak_service(bundle: str, requests: int, clients: int) -> Soak:
    """Send small requests to a service, 2 % of them no images and a fifth PDFs.

    Args:
        bundle: Which bundle runs.
        requests: How many.
        clients: How many send.
    """
    soak = Soak("service", requests)
    watch, answers, done = _Watch(soak), Answers(soak), 0

    def answered(file: LoadFile, body: bytes) -> None:
        nonlocal done
        done += 1
        answers.take(file, json.loads(body))

    def look() -> bool:
        if watch.is_due(done):
            watch.look(done, service.memory(), *service.counts())
        return False

    with ServiceProcess(["--bundle", bundle]) as service:
        load: Load = run_load(service.port, _files(requests), clients, look, answered)
        watch.look(done, service.memory(), *service.counts())
    soak.answers = {
        f"{'good' if good else 'bad'} file, {status}": count
        for (good, status), count in sorted(load.answers.items(), key=str)
    }
    return soak


def soak_detector(bundle: str, images: int) -> Soak:
    """Send small images through the stream of one detector.

    Args:
        bundle: Which bundle runs.
        images: How many.
    """
    soak = Soak("detector", images)
    watch, answers = _Watch(soak), Answers(soak)
    this = psutil.Process()
    good = mixed_files(_FILES, 0.0, 1, _SIDES)
    with Detector(bundle) as detector:
        found = detector.stream(file.data for file in islice(cycle(good), images))
        for done, (file, detection) in enumerate(zip(cycle(good), found, strict=False), 1):
            answers.take(file, detection.to_dict())
            if watch.is_due(done) or done == images:
                handles = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
                watch.look(done, this.memory_info().rss, handles, this.num_threads())
    soak.answers = {"detections": images}
    return soak


def _files(count: int) -> Iterator[LoadFile]:
    return islice(cycle(mixed_files(_FILES, sides=_SIDES)), count)
