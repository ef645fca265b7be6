"""How fast each number format is on this machine: measured once, and kept."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, FiniteFloat, PositiveFloat, ValidationError

from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import OutputError
from forensics_rt.io.writers import write_atomically

# Seconds of the processor that all timed runs may take; a slower network gets a smaller tile.
BUDGET = 1.2
_RUNS = 3
_SMALLEST = 128
_log = logging.getLogger(__name__)
# What was measured stands for the process, whatever becomes of the file.
_measured: dict[str, dict[str, float]] = {}
_measuring = threading.Lock()


class _Kept(BaseModel):
    ratios: dict[str, PositiveFloat]
    tile: int
    seconds: FiniteFloat


Infer = Callable[[npt.NDArray[np.uint8]], object]
Clock = Callable[[], float]


def measured_ratios(
    bundle: Bundle,
    formats: Mapping[str, Infer],
    versions: str,
    keep_in: Path | None,
    clock: Clock | None = None,
) -> dict[str, float]:
    """Return how many times as fast as the first each way is, such as a format as float32.

    Measured at the first start of a bundle on a machine, on a tile of its goldens, in turns. The
    figures are kept by bundle, engine and processor. Where they cannot be, they are measured at
    each start; within a process they never change.

    Args:
        bundle: Whose networks.
        formats: Of each way what runs the first network on a batch of one tile.
        versions: What the figures depend on beside the bundle: engine, processor, threads.
        keep_in: Folder for the figures; `None` for nowhere.
        clock: Tells seconds. `None` for those of the processor: whatever else runs on a busy
            machine does not count.
    """
    clock = clock or time.process_time
    asked = f"{bundle.id} {' '.join(sorted(formats))} {versions}"
    key = hashlib.sha256(asked.encode()).hexdigest()[:16]
    with _measuring:
        if key not in _measured:
            place = None if keep_in is None else keep_in / f"{key}.speed.json"
            _measured[key] = _read(place, formats) or _measure(bundle, formats, place, clock)
        return _measured[key]


def _measure(
    bundle: Bundle, formats: Mapping[str, Infer], place: Path | None, clock: Clock
) -> dict[str, float]:
    tile, first = _tile_of(bundle), next(iter(formats))
    side, seconds = _affordable(tile, formats[first], len(formats), clock)
    batch = np.ascontiguousarray(tile[None, :side, :side])
    for infer in formats.values():  # memory is taken, and caches are filled
        infer(batch)
    best = dict.fromkeys(formats, float("inf"))
    for _ in range(_RUNS):
        for name, infer in formats.items():
            best[name] = min(best[name], _seconds(infer, batch, clock))
    ratios = {name: best[first] / spent for name, spent in best.items()}
    _log.info("on a tile of %d: %s times as fast as %s", side, ratios, first)
    if place is not None:
        kept = _Kept(ratios=ratios, tile=side, seconds=seconds)
        try:
            write_atomically(place, kept.model_dump_json().encode())
        except OutputError as error:
            again = "Every start measures the number formats again"
            _log.warning("%s. %s; name a folder in FORENSICS_RT_CACHE", error, again)
    return ratios


def _affordable(
    tile: npt.NDArray[np.uint8], infer: Infer, formats: int, clock: Clock
) -> tuple[int, float]:
    """Return the side of the largest tile that keeps the budget, and the seconds of the probe."""
    side = min(_SMALLEST, len(tile))
    small = np.ascontiguousarray(tile[None, :side, :side])
    infer(small)
    seconds = _seconds(infer, small, clock)
    most = BUDGET / (formats * (_RUNS + 1))
    while side * 2 <= len(tile) and seconds * 4 <= most:
        side, seconds = side * 2, seconds * 4
    return side, seconds


def _tile_of(bundle: Bundle) -> npt.NDArray[np.uint8]:
    """Return a real tile, of a golden; where there is none, one of noise."""
    sizes = [size for size in bundle.manifest.tile_sizes if size >= 512]
    wanted = min(sizes, default=max(bundle.manifest.tile_sizes))
    for record in bundle.manifest.networks[0].goldens:
        if record.tile == wanted:
            return bundle.golden(record)[0]
    return np.random.default_rng(0).integers(0, 256, (wanted, wanted, 3), np.uint8)


def _seconds(infer: Infer, batch: npt.NDArray[np.uint8], clock: Clock) -> float:
    start = clock()
    infer(batch)
    return max(clock() - start, 1e-9)


def _read(place: Path | None, formats: Mapping[str, Infer]) -> dict[str, float] | None:
    # Whoever else may write there can choose among formats that the gate allows, and no more.
    if place is None:
        return None
    try:
        ratios = _Kept.model_validate_json(place.read_bytes()).ratios
    except (OSError, ValidationError):
        return None
    return ratios if ratios.keys() == formats.keys() else None
