"""The same pages through the library, as `forensics-rt bench` takes them: the yardstick."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.service.pages import LoadFile
from forensics_rt import Detector


def stream_pages_a_second(detector: Detector, files: Sequence[LoadFile]) -> float:
    """Return how many good pages a second a stream has, with their results as documents."""
    good = [file.data for file in files if file.good]
    since = time.perf_counter()
    for detection in detector.stream(good):
        detection.to_dict()
    return len(good) / (time.perf_counter() - since)


def alone_pages_a_second(detector: Detector, files: Sequence[LoadFile]) -> float:
    """Return the same for one call after the other."""
    good = [file.data for file in files if file.good]
    since = time.perf_counter()
    for data in good:
        detector(data).to_dict()
    return len(good) / (time.perf_counter() - since)
