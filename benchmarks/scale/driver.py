"""What the driver of a run needs for a page, and what decoding and encoding one need."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from forensics_rt.distributed.inputs import InputFile
from forensics_rt.distributed.results_folder import ResultsFolder
from forensics_rt.distributed.rows import Row, of_file
from forensics_rt.distributed.schedule import Schedule
from forensics_rt.distributed.stores import place_of
from forensics_rt.io.decode import decode
from forensics_rt.io.image_files import encode_image
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.results.saving import map_in_16_bits


def driver_seconds(row: Row, pages: int = 20_000) -> float:
    """Return seconds of CPU of the driver for a page, without what Ray needs to pass messages."""
    with tempfile.TemporaryDirectory() as folder:
        place = place_of(folder)
        files = [InputFile(f"/pages/{n:08d}.jpg", place, 400_000, n) for n in range(pages)]
        start = time.process_time()
        results, schedule = ResultsFolder(place, resume=False), Schedule(files)
        while schedule.left:
            unit = schedule.next_unit("worker")
            if unit is None:
                raise RuntimeError("the schedule must have a unit, but has none")
            schedule.was_read("worker", unit.number, [file.name for file in unit.files])
            for taken, content in schedule.was_computed("worker", unit.number):
                results.add(of_file(row, file, content) for file in taken)
                schedule.settle(len(taken))
        results.flush()
        return (time.process_time() - start) / pages


def decode_seconds(files: list[Path]) -> float:
    """Return seconds of CPU to decode a page, its damage and medium looked at."""
    read = [MemoryFile(file.read_bytes(), file.name) for file in files]
    return _mean([lambda file=file: decode(file, None) for file in read])


def encode_seconds(files: list[Path]) -> float:
    """Return seconds of CPU to encode the map and the mask of a page, smooth as maps are."""
    tasks = []
    for file in files:
        height, width = decode(MemoryFile(file.read_bytes(), file.name), None).pixels.shape[:2]
        slope = np.linspace(0, 1, width, dtype=np.float32)
        values = np.broadcast_to(slope, (height, width)) ** 8
        tasks.append(lambda values=values: _encode(values))
    return _mean(tasks)


def _encode(values: np.ndarray) -> None:
    encode_image(".png", map_in_16_bits(values))
    encode_image(".png", (values > 0.5).astype(np.uint8) * 255)


def _mean(tasks: list[Callable[[], object]]) -> float:
    tasks[0]()
    start = time.process_time()
    for task in tasks:
        task()
    return (time.process_time() - start) / len(tasks)
