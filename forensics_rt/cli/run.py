"""A run over a list of images: computed, saved, listed, and ended well however it ends."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from forensics_rt.cli.annotated_copies import AnnotatedCopies, remove_annotated_copies
from forensics_rt.cli.earlier import EarlierResults
from forensics_rt.cli.outcome import Outcome
from forensics_rt.cli.progress import ShownProgress
from forensics_rt.cli.run_folder import RunFolder
from forensics_rt.cli.save_behind import save_behind
from forensics_rt.cli.stale_pages import remove_stale_pages
from forensics_rt.cli.tally import Tally
from forensics_rt.detector import Detector
from forensics_rt.errors import OutputError
from forensics_rt.io.documents import Expanded
from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.names import printable
from forensics_rt.io.sources import Source
from forensics_rt.saving import RESULT_SCHEMA
from forensics_rt.stream import default_threads

_log = logging.getLogger(__name__)
# As shells count: 128 and the number of the signal that Ctrl-C sends.
_INTERRUPTED = 130


@dataclass(frozen=True)
class HowToRun:
    """What a run is told beside its images.

    Attributes:
        overlay: Whether to write the picture for people.
        resume: Whether to take what an earlier run finished.
        decoders: Threads that decode; `None` for half of the CPUs.
        writers: Threads that write; `None` for half of the CPUs.
        annotate: Whether to write an annotated copy of each PDF.
    """

    overlay: bool = True
    resume: bool = False
    decoders: int | None = None
    writers: int | None = None
    annotate: bool = False


class Run:
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
        self._stopped: KeyboardInterrupt | OutputError | None = None
        self._copies_failed = False

    def go(self, how: HowToRun, each: Callable[[Outcome], None] | None = None) -> None:
        """Take all images through, or say on standard error why not.

        Args:
            how: What to do with them.
            each: Called with each outcome, in order.

        Raises:
            OutputError: If another run writes to the folder.
        """
        start = time.perf_counter()
        stems = [Path(source.stem) for source in self._sources]
        with RunFolder(self._out, stems) as folder:
            try:
                self._forget_pages()
                copies = self._annotated_copies(how)
                to_come = iter(self._sources)
                with ShownProgress(len(self._sources)) as progress:

                    def report(outcome: Outcome) -> None:
                        folder.append(outcome.to_line())
                        self.tally.add(outcome)
                        copies.add(next(to_come), outcome)
                        progress.advance(outcome.skipped)
                        if each is not None:
                            each(outcome)

                    self._detect(how, report)
                self._end(start)
                self._copies_failed = bool(copies.errors)
                for error in copies.errors:
                    self._say(f"error: {error}")
                folder.summarise(self._summary())
            except KeyboardInterrupt as stopped:
                self._end(start, stopped)
                self._say(
                    f"interrupted after {self.tally.images} of {len(self._sources)} images; the "
                    "same command with --resume goes on from here"
                )
                folder.summarise(self._summary())
            except OutputError as stopped:
                self._end(start, stopped)
                self._say(f"error: {stopped}")

    def exit_code(self) -> int:
        """Return 0 for all well, 1 for a failure, 130 for a run that was interrupted."""
        if isinstance(self._stopped, KeyboardInterrupt):
            return _INTERRUPTED
        return 1 if self.tally.failed or self._stopped or self._copies_failed else 0

    def _forget_pages(self) -> None:
        remove_annotated_copies(self._sources, self._out)
        password = self._detector.read_options.password
        stale = remove_stale_pages(self._out, self._sources, self._documents.kept, password)
        if stale:
            _log.info(
                "%s: removed results of pages and attachments that are no more: %s",
                self._out,
                ", ".join(map(printable, stale)),
            )

    def _annotated_copies(self, how: HowToRun) -> AnnotatedCopies:
        sources = self._sources if how.annotate else []
        return AnnotatedCopies(sources, self._out, self._detector.read_options.password)

    def _detect(self, how: HowToRun, report: Callable[[Outcome], None]) -> None:
        earlier = EarlierResults(self._detector, self._out, how.overlay, how.annotate)

        def known(number: int, image: ImageInput) -> Outcome | None:
            return earlier.find(self._sources[number]) if how.resume else None

        images = (source.input for source in self._sources)
        results = self._detector.stream(images, "yield", decoders=how.decoders, known=known)
        writers = default_threads() if how.writers is None else how.writers
        with closing(results):
            save_behind(self._sources, results, self._out, how.overlay, writers, report)

    def _end(self, start: float, stopped: KeyboardInterrupt | OutputError | None = None) -> None:
        self.wall = time.perf_counter() - start
        self._stopped = stopped

    def _say(self, message: str) -> None:
        Console(stderr=True, soft_wrap=True).print(Text(message, style="bold red"))

    def _summary(self) -> dict[str, Any]:
        detector = self._detector
        uses, used = detector.capabilities, detector.conclusions
        return {
            "schema": RESULT_SCHEMA,
            "state": "interrupted" if self._stopped else "complete",
            "of": len(self._sources),
            **self.tally.figures(self.wall),
            "bundle": detector.bundle_name,
            "backend": uses.name,
            "device": uses.device,
            "precision": uses.precision,
            "recipe": detector.recipe.name,
            "threshold": detector.threshold,
            "peak": detector.peak,
            "calibration": used.calibration_id,
            "operating_point": used.operating_point_name,
            "prevalence": used.expected_share,
        }
