"""Results are encoded and written by threads behind the engine's back, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from forensics_rt.cli.flags import in_flags
from forensics_rt.cli.outcome import Outcome
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

if TYPE_CHECKING:
    from forensics_rt.cli.resumed import RunResult

Gather: TypeAlias = "Callable[[Source, RunResult, Outcome], None]"
# Beside those being written: some that wait, so that a slow one does not stop the engine.
_BESIDE_WRITING = 2


def save_behind(
    sources: Iterable[Source],
    results: Iterable[RunResult],
    out: Path,
    overlay: bool,
    writers: int,
    report: Callable[[Outcome], None],
    gather: Gather | None = None,
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
        gather: Called with each result, while its pixels are there, and with what became of it, on
            the threads that write; `None` for nobody who wants them.

    Raises:
        ListUnwritable: If `report` cannot add to the list of results; nothing more is reported.
        BaseException: Whatever else `results` or `report` raises, Ctrl-C among it, once what had
            been computed is written and reported.
    """
    # Not zip: it keeps its last pair, and with it an image, until the next one is there.
    pairs = map(lambda source, result: (source, result), sources, results)
    with open_pool(writers, "map") as meanwhile, open_pool(writers, "encode") as pool:
        settle = partial(_settle, out=out, overlay=overlay, meanwhile=meanwhile, gather=gather)
        under_way: UnderWay[Outcome] = UnderWay(Bounds(writers + _BESIDE_WRITING, DEFAULT_PIXELS))

        def report_first() -> None:
            outcome = under_way.first.result()
            # Before it is reported: one that Ctrl-C cuts short must not come a second time.
            under_way.take_first()
            report(outcome)

        try:
            for source, result in pairs:
                pixels = result.probability.size if isinstance(result, Detection) else 0
                while not under_way.has_room(pixels):
                    report_first()
                under_way.add(pool.submit(settle, source, result), pixels)
                del result  # likewise
                while under_way and under_way.first.done():
                    report_first()
            while under_way:
                report_first()
        except ListUnwritable:
            raise
        except BaseException:
            while under_way:
                report_first()
            raise


def _settle(
    source: Source,
    result: RunResult,
    out: Path,
    overlay: bool,
    meanwhile: Executor,
    gather: Gather | None,
) -> Outcome:
    outcome = _outcome(source, result, out, overlay, meanwhile)
    if gather is not None:
        gather(source, result, outcome)
    return outcome


def _outcome(
    source: Source, result: RunResult, out: Path, overlay: bool, meanwhile: Executor
) -> Outcome:
    if isinstance(result, Outcome):
        return result
    if isinstance(result, Failure):
        return _fail(source, result, out)
    return _save(source, result, out, overlay, meanwhile)


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


def _save(
    source: Source, detection: Detection, out: Path, overlay: bool, meanwhile: Executor
) -> Outcome:
    stem = printable(source.stem)
    try:
        base = out / source.stem
        document = write_detection(detection, base, overlay, meanwhile=meanwhile)
        return Outcome(detection.name, stem, document)
    except Exception as error:
        found = image_error(detection.name, error)
        return Outcome(detection.name, stem, error=in_flags(found), error_type=type(found).__name__)
