"""A run over a list of images: computed, saved, listed, and ended well however it ends."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics_rt.cli.annotated_copies import AnnotatedCopies, remove_annotated_copies
from forensics_rt.cli.exit_codes import BROKEN, INTERRUPTED, SOME_FAILED
from forensics_rt.cli.flags import in_flags
from forensics_rt.cli.outcome import Outcome
from forensics_rt.cli.run_folder import RunFolder
from forensics_rt.cli.save_behind import save_behind
from forensics_rt.cli.stale_pages import remove_stale_pages
from forensics_rt.cli.standard_streams import OutputStopped
from forensics_rt.cli.tally import Tally
from forensics_rt.detector import Detector
from forensics_rt.errors import ForensicsError
from forensics_rt.inference.ahead import Ahead, default_threads
from forensics_rt.inference.job import Task
from forensics_rt.io.documents import Expanded
from forensics_rt.io.names import printable
from forensics_rt.io.sources import Source
from forensics_rt.results.saving import RESULT_SCHEMA

if TYPE_CHECKING:
    from forensics_rt.cli.resumed import RunResult
    from forensics_rt.cli.run_report import RunReport

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HowToRun:
    """What a run is asked for besides its images.

    Attributes:
        overlay: Whether to write the overlay.
        resume: Whether to take what an earlier run finished.
        decoders: Threads that decode; `None` for half of the CPUs.
        writers: Threads that write; `None` for half of the CPUs.
        annotate: Whether to write an annotated copy of each PDF.
        report: What gathers the report of the run; `None` for none.
        robust: Whether results must hold the examination of changed copies.
    """

    overlay: bool = True
    resume: bool = False
    decoders: int | None = None
    writers: int | None = None
    annotate: bool = False
    report: RunReport | None = None
    robust: bool = False


class DetectRun:
    """One run of `forensics-rt detect`.

    Args:
        detector: What finds the forged pixels.
        sources: The images.
        out: Where the results go; it exists.
        passed_over: What was passed over when the images were listed; `None` for nothing.
        documents: What the files hold that is not examined now; `None` for nothing.

    Attributes:
        tally: What came of it so far.
        wall: Seconds that it took.
    """

    def __init__(
        self,
        detector: Detector,
        sources: list[Source],
        out: Path,
        passed_over: Counter[str] | None = None,
        documents: Expanded | None = None,
    ) -> None:
        """Start nothing yet."""
        self._documents = documents or Expanded(sources)
        self.tally = Tally(passed_over, self._documents.attachments_left)
        self.wall = 0.0
        self._detector = detector
        self._sources = sources
        self._out = out
        self._stopped: KeyboardInterrupt | OutputStopped | _Broken | None = None
        self._copies_failed = False
        self._report_failed = False

    def go(self, how: HowToRun, each: Callable[[Outcome], None] | None = None) -> None:
        """Take all images through, or say on standard error why not.

        Whatever ends the run, what was computed is listed and `summary.json` written.

        Args:
            how: What to do with them.
            each: Called with each outcome, in order.

        Raises:
            OutputError: If another run writes to the folder.
            OutputStopped: If `each` cannot print, once the rest is done.
        """
        start = time.perf_counter()
        stems = [Path(source.stem) for source in self._sources]
        with RunFolder(self._out, stems) as folder:
            try:
                self._forget_pages()
                self._take_all(folder, how, each)
                if self.tally.engine_is_broken:
                    self._break(f"the engine no longer answers: {self.tally.last_error}")
                elif how.report is not None:
                    self._write_report(how.report)
            except KeyboardInterrupt as stopped:
                self._stopped = stopped
                self._say(
                    f"interrupted after {self.tally.images} of {len(self._sources)} images; the "
                    "same command with --resume continues"
                    + ("; no report was written" if how.report is not None else "")
                )
            except OutputStopped as stopped:  # whoever called this says so
                self._stopped = stopped
            except Exception as error:
                self._break(_in_words(error), error)
            self.wall = time.perf_counter() - start
            self._summarize(folder)
        if isinstance(self._stopped, OutputStopped):
            raise self._stopped

    def exit_code(self) -> int:
        """Return the code that `exit_codes` has for how the run ended."""
        if isinstance(self._stopped, KeyboardInterrupt):
            return INTERRUPTED
        if self._stopped is not None:
            return BROKEN
        left_out = self._copies_failed or self._report_failed
        return SOME_FAILED if self.tally.failed or left_out else 0

    def _take_all(
        self, folder: RunFolder, how: HowToRun, each: Callable[[Outcome], None] | None
    ) -> None:
        printing = each is not None
        wanted = self._sources if how.annotate else []
        password, pool = self._detector.read_options.password, self._detector.decoders
        copies = AnnotatedCopies(wanted, self._out, password, pool)
        to_come = iter(self._sources)
        with _progress(len(self._sources)) as count:

            def report(outcome: Outcome) -> None:
                nonlocal printing
                folder.append(outcome.to_line())
                self.tally.add(outcome)
                copies.add(next(to_come), outcome)
                count(outcome.skipped)
                if each is not None and printing:
                    try:
                        each(outcome)
                    except OutputStopped:
                        printing = False
                        raise

            self._detect(how, report)
        self._copies_failed = bool(copies.errors)
        for error in copies.errors:
            self._say(f"error: {error}")

    def _write_report(self, report: RunReport) -> None:
        report.write()
        self._report_failed = bool(report.errors)
        for error in report.errors:
            self._say(f"error: no report: {error}")

    def _forget_pages(self) -> None:
        remove_annotated_copies(self._sources, self._out)
        password = self._detector.read_options.password
        kept, pool = self._documents.kept, self._detector.decoders
        stale = remove_stale_pages(self._out, self._sources, kept, password, pool)
        if stale:
            _log.info(
                "%s: removed results of pages and attachments that no longer exist: %s",
                self._out,
                ", ".join(map(printable, stale)),
            )

    def _detect(self, how: HowToRun, report: Callable[[Outcome], None]) -> None:
        detector = self._detector
        tasks: Iterable[Task[RunResult]] = (detector.task(source.input) for source in self._sources)
        if how.resume:
            tasks = self._resumed(how)
        ahead = Ahead.resolve(how.decoders, images=1 if len(self._sources) == 1 else None)
        results = detector.inferer.stream(tasks, ahead)
        writers = default_threads() if how.writers is None else how.writers
        with closing(results):
            gather = None if how.report is None else how.report.take
            save_behind(self._sources, results, self._out, how.overlay, writers, report, gather)

    def _resumed(self, how: HowToRun) -> Iterator[Task[RunResult]]:
        from forensics_rt.cli.earlier import EarlierResults  # needed with --resume
        from forensics_rt.cli.resumed import ResumedTask

        detector = self._detector
        earlier = EarlierResults(detector, self._out, how.overlay, how.annotate, how.robust)
        for source in self._sources:
            yield ResumedTask(detector.task(source.input), partial(earlier.find, source))

    def _break(self, message: str, error: Exception | None = None) -> None:
        self._stopped = _Broken(message)
        self._say(f"error: {message}")
        if error is not None:
            _log.info("this is where", exc_info=error)

    def _summarize(self, folder: RunFolder) -> None:
        try:
            folder.summarize(self._summary())
        except Exception as error:
            if not isinstance(self._stopped, _Broken):  # by the disk that is full here, too
                self._break(_in_words(error), error)

    def _say(self, message: str) -> None:
        from rich.console import Console
        from rich.text import Text

        Console(stderr=True, soft_wrap=True).print(Text(message, style="bold red"))

    def _summary(self) -> dict[str, Any]:
        detector = self._detector
        uses, used = detector.capabilities, detector.conclusions
        return {
            "schema": RESULT_SCHEMA,
            "state": self._state(),
            "error": str(self._stopped) if self._state() == "broken" else None,
            "of": len(self._sources),
            **self.tally.figures(self.wall),
            "bundle": detector.bundle_name,
            "backend": uses.name,
            "device": uses.device,
            "precision": uses.precision,
            "recipe": detector.recipe.name,
            "threshold": detector.threshold,
            "high_threshold": detector.high_threshold,
            "high_area": detector.high_area,
            "calibration": used.calibration_id,
            "operating_point": used.operating_point_name,
            "prevalence": used.expected_share,
        }

    def _state(self) -> str:
        stopped = self._stopped
        if stopped is None:
            return "complete"
        left = isinstance(stopped, OutputStopped) and stopped.reader_left
        return "interrupted" if left or isinstance(stopped, KeyboardInterrupt) else "broken"


@contextmanager
def _progress(images: int) -> Iterator[Callable[[bool], None]]:
    if images == 1:
        yield lambda skipped: None
        return
    from forensics_rt.cli.progress import ShownProgress

    with ShownProgress(images) as progress:
        yield progress.count


class _Broken(Exception):
    """The run could not go on, or its engine could not."""


def _in_words(error: Exception) -> str:
    if isinstance(error, ForensicsError):
        return in_flags(error)
    kind = type(error).__name__
    return f"the run broke: {kind}: {error}; --verbose shows where, --resume continues"
