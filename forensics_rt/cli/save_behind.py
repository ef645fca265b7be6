"""Results are encoded and written by threads behind the engine's back, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

from forensics_rt.cli.flags import in_flags
from forensics_rt.cli.outcome import Outcome
from forensics_rt.cli.resumed import RunResult
from forensics_rt.cli.run_folder import ListUnwritable
from forensics_rt.errors import BackendError, ImageFailed, OutputError
from forensics_rt.inference.ahead import DEFAULT_PIXELS
from forensics_rt.inference.ordered import Bounds, UnderWay
from forensics_rt.io.image_errors import image_error
from forensics_rt.io.names import printable
from forensics_rt.io.sources import Source
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure
from forensics_rt.results.saving import remove_detection, write_detection
from forensics_rt.system.threads import open_pool

# Beside those being written: some that wait, so that a slow one does not stop the engine.
_BESIDE_WRITING = 2


def save_behind(
    sources: Iterable[Source],
    results: Iterable[RunResult],
    out: Path,
    overlay: bool,
    writers: int,
    report: Callable[[Outcome], None],
) -> None:
    """Write detections on threads of their own and report what became of each image, in order.

    Of an image that failed nothing stays that an earlier run wrote.

    Args:
        sources: The images.
        results: What was found in each, or an outcome that is final already.
        out: Where to write.
        overlay: Whether to write the overlay.
        writers: How many threads write.
        report: Called on this thread.

    Raises:
        ListUnwritable: If `report` cannot add to the list of results; nothing more is reported.
        BaseException: Whatever else `results` or `report` raises, Ctrl-C among it, once what had
            been computed is written and reported.
    """
    # Not zip: it keeps its last pair, and with it an image, until the next one is there.
    pairs = map(lambda source, result: (source, result), sources, results)
    with open_pool(writers, "encode") as pool:
        behind = _Behind(pool, Bounds(writers + _BESIDE_WRITING, DEFAULT_PIXELS), report)
        try:
            for source, result in pairs:
                behind.take(partial(_settle, source, result, out, overlay), _pixels(result))
                del result  # likewise
            behind.finish()
        except ListUnwritable:
            raise
        except BaseException:
            behind.finish()
            raise


class _Behind:
    """Images that are being written; each is reported once it and those before it are done."""

    def __init__(self, pool: Executor, bounds: Bounds, report: Callable[[Outcome], None]) -> None:
        self._pool = pool
        self._report = report
        self._under_way: UnderWay[Outcome] = UnderWay(bounds)

    def take(self, save: Callable[[], Outcome], pixels: int) -> None:
        """Have an image written as soon as there is room for it."""
        while not self._under_way.has_room(pixels):
            self._report_first()
        self._under_way.add(self._pool.submit(save), pixels)
        while self._under_way and self._under_way.first.done():
            self._report_first()

    def finish(self) -> None:
        while self._under_way:
            self._report_first()

    def _report_first(self) -> None:
        outcome = self._under_way.first.result()
        # Before it is reported: one that Ctrl-C cuts short must not come a second time.
        self._under_way.take_first()
        self._report(outcome)


def _pixels(result: RunResult) -> int:
    return result.probability.size if isinstance(result, Detection) else 0


def _settle(source: Source, result: RunResult, out: Path, overlay: bool) -> Outcome:
    if isinstance(result, Outcome):
        return result
    if isinstance(result, Failure):
        return _fail(source, result, out)
    return _save(source, result, out, overlay)


def _fail(source: Source, failure: Failure, out: Path) -> Outcome:
    error = in_flags(failure.error)
    try:
        remove_detection(out / source.stem)  # an answer to other bytes, or of another bundle
    except OutputError as kept:
        error = f"{error}; the results of an earlier run are still there: {kept}"
    kind = type(failure.error).__name__
    unforeseen = isinstance(failure.error, (BackendError, ImageFailed))
    stem = printable(source.stem)
    return Outcome(failure.name, stem, error=error, error_type=kind, unforeseen=unforeseen)


def _save(source: Source, detection: Detection, out: Path, overlay: bool) -> Outcome:
    stem = printable(source.stem)
    try:
        return Outcome(detection.name, stem, write_detection(detection, out / source.stem, overlay))
    except Exception as error:
        found = image_error(detection.name, error)
        return Outcome(detection.name, stem, error=in_flags(found), error_type=type(found).__name__)
