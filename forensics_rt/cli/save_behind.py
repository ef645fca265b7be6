"""Results are encoded and written by threads behind the engine's back, in bounded memory."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

from forensics_rt.cli.outcome import Outcome
from forensics_rt.detection import Detection
from forensics_rt.detector import Failure
from forensics_rt.errors import OutputError
from forensics_rt.io.names import printable
from forensics_rt.io.sources import Source
from forensics_rt.saving import remove_detection, write_detection
from forensics_rt.stream import DEFAULT_PIXELS, Bounds, in_order

_Result: TypeAlias = "Detection | Failure | Outcome"
_Pair: TypeAlias = "tuple[Source, _Result]"
# Beside those being written: some that wait, so that a slow one does not stop the engine.
_BESIDE_WRITING = 2


def save_behind(
    sources: Iterable[Source],
    results: Iterable[_Result],
    out: Path,
    overlay: bool,
    writers: int,
) -> Generator[Outcome, None, None]:
    """Write detections on threads of their own and yield what became of each image, in order.

    Of an image that failed nothing stays that an earlier run wrote.
    What has been computed is written also where the generator is left early.

    Args:
        sources: The images.
        results: What was found in each, or an outcome that is final already.
        out: Where to write.
        overlay: Whether to write the picture for people.
        writers: How many threads write.
    """
    pool = ThreadPoolExecutor(writers, "encode")

    def start(pair: _Pair) -> Future[Outcome]:
        source, result = pair
        if isinstance(result, Detection):
            return pool.submit(_save, source, result, out, overlay)
        if isinstance(result, Failure):
            return pool.submit(_fail, source, result, out)
        final: Future[Outcome] = Future()
        final.set_result(result)
        return final

    # Not zip: it keeps its last pair, and with it an image, until the next one is there.
    pairs = map(lambda source, result: (source, result), sources, results)
    try:
        yield from in_order(
            pairs, start, Bounds(writers + _BESIDE_WRITING, DEFAULT_PIXELS), _pixels
        )
    finally:
        pool.shutdown()


def _pixels(pair: _Pair) -> int:
    return pair[1].probability.size if isinstance(pair[1], Detection) else 0


def _fail(source: Source, failure: Failure, out: Path) -> Outcome:
    error = str(failure.error)
    try:
        remove_detection(out / source.stem)  # an answer to other bytes, or of another bundle
    except OutputError as kept:
        error = f"{error}; the results of an earlier run are still there: {kept}"
    return Outcome(failure.name, printable(source.stem), error=error)


def _save(source: Source, detection: Detection, out: Path, overlay: bool) -> Outcome:
    stem = printable(source.stem)
    try:
        return Outcome(detection.name, stem, write_detection(detection, out / source.stem, overlay))
    except OutputError as error:
        return Outcome(detection.name, stem, error=str(error))
