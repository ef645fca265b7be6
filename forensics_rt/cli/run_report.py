"""The report of a run: gathered while results are written, laid out at its end."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.cli.flags import in_flags
from forensics_rt.cli.outcome import Outcome
from forensics_rt.detector import Detector
from forensics_rt.errors import ForensicsError
from forensics_rt.io.decode import decode
from forensics_rt.io.file_source import FileSource
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pdf.attachment import Attachment
from forensics_rt.io.sources import Source
from forensics_rt.io.writers import check_writable_file, write_atomically_with
from forensics_rt.report.collect import ReportFolder, check_count
from forensics_rt.report.exhibit import Exhibit
from forensics_rt.report.facts.run import run_facts
from forensics_rt.report.writing import ReportOptions, check_report, render, report_kind
from forensics_rt.results.detection import Detection
from forensics_rt.results.saving import beside
from forensics_rt.system.closing import Closing

if TYPE_CHECKING:
    from forensics_rt.cli.resumed import RunResult

_log = logging.getLogger(__name__)


class RunReport(Closing):
    """Gathers the images of a run, in their order, and writes one report as asked.

    Args:
        paths: Where to write it, once for each format wanted.
        sources: The images of the run.
        out: Where the results are.
        detector: What examines them.
        date: Of the report; `None` for SOURCE_DATE_EPOCH, or else for now.

    Attributes:
        errors: Why it cannot be written; empty if it can.

    Raises:
        ReportError: If a suffix, the date or the number of images is not possible.
        OptionalDependency: If `forensics_rt[report]` is not installed.
        OutputError: If a path cannot be written.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        sources: Sequence[Source],
        out: Path,
        detector: Detector,
        date: str | None = None,
    ) -> None:
        """Check that it can be made, and gather nothing yet."""
        self.errors: list[str] = []
        self._paths = {path: report_kind(path) for path in paths}
        self._detector = detector
        self._out = out
        self._options = ReportOptions(date=date, password=detector.read_options.password)
        for path, kind in self._paths.items():
            check_report(kind, self._options)
            check_writable_file(path)
        kinds = set(self._paths.values())
        check_count(len(sources), kinds)
        self._numbers = {source.stem: number for number, source in enumerate(sources, 1)}
        self._folder = ReportFolder(
            detector.conclusions, kinds, self._options.password, detector.decoders
        )

    def take(self, source: Source, result: RunResult, outcome: Outcome) -> None:
        """Take in what became of an image; called on the threads that write.

        An error ends the report and not the run.

        Args:
            source: The image.
            result: Its detection, with pixels; whatever else came in place of one.
            outcome: What is listed.
        """
        if self.errors:
            return
        number = self._numbers[source.stem]
        try:
            if outcome.document is None:
                self._folder.fail(number, outcome.name, outcome.error or "no result")
            else:
                self._folder.add(number, self._exhibit(source, result, outcome))
        except ForensicsError as error:
            self.errors.append(in_flags(error))
        except Exception as error:  # results must be written whatever a report meets
            _log.info("this is where", exc_info=error)
            self.errors.append(f"{outcome.name}: {type(error).__name__}: {error}")

    def write(self) -> None:
        """Write it, or note in `errors` why not."""
        if self.errors:
            return
        for path, kind in self._paths.items():
            try:
                write_atomically_with(
                    path,
                    lambda out, kind=kind: render(  # type: ignore[misc]
                        self._folder, run_facts(self._detector), kind, self._options, out
                    ),
                )
            except ForensicsError as error:
                self.errors.append(in_flags(error))

    def close(self) -> None:
        """Remove what was gathered."""
        self._folder.close()

    def _exhibit(self, source: Source, result: RunResult, outcome: Outcome) -> Exhibit:
        document, image = outcome.document or {}, source.image
        file: FileSource | None = None
        if isinstance(image, (Path, MemoryFile, Attachment)):
            file = image
        if isinstance(result, Detection):
            return Exhibit(document, result.image, result.probability, file)
        # Of an earlier run: its pixels are decoded again, its map is in a file.
        pool = self._detector.decoders
        read = decode if pool is None else pool.decode
        decoded = read(source.input, outcome.name, self._detector.read_options)
        saved = beside(self._out / source.stem, ".probability.png")
        return Exhibit(document, decoded.pixels, _saved_map(saved), file)


def _saved_map(path: Path) -> npt.NDArray[np.float32] | None:
    try:
        data = np.fromfile(path, np.uint8)
    except OSError:
        return None
    found = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if len(data) else None
    if found is None:
        return None
    return np.asarray(found / np.float32(65535), np.float32)
