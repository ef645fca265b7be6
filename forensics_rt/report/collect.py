"""Gathering a report image by image: pictures go to a folder, text stays, pixels do not."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from forensics_rt.calibration.verdict import Conclusions
from forensics_rt.errors import OutputError, ReportError
from forensics_rt.io.file_source import FileSource
from forensics_rt.io.isolated.pool import DecoderPool
from forensics_rt.report.exhibit import Exhibit
from forensics_rt.report.facts.fact import Fact, FactTable
from forensics_rt.report.facts.file import FileFacts
from forensics_rt.report.facts.gathering import gathered
from forensics_rt.report.sections import section_of
from forensics_rt.report.view import NotExamined, Section
from forensics_rt.system.closing import Closing

# HTML is written a picture at a time, and its readers load it whole. A PDF is laid out as one
# document, with its pictures decoded: six megabytes for each image.
MOST_IMAGES = {"html": 1_000, "pdf": 300}


@dataclass(frozen=True)
class _Kept:
    section: Section
    sha256: str
    file_tables: tuple[FactTable, ...]


class ReportFolder(Closing):
    """The images of a report, in a temporary folder until it is written. Thread-safe.

    What is kept in memory is text: a few kilobytes for each image.

    Args:
        conclusions: Of the detector that examined the images.
        kinds: The formats in which it will be written.
        password: What opens locked PDFs; `None` for no password.
        pool: Child processes that read files for their facts; `None` for this process.

    Raises:
        OutputError: If there is no temporary folder to be made.
    """

    def __init__(
        self,
        conclusions: Conclusions,
        kinds: Iterable[str],
        password: str | None = None,
        pool: DecoderPool | None = None,
    ) -> None:
        """Make the folder."""
        self._kinds = tuple(kinds)
        self._conclusions = conclusions
        self._password = password
        self._pool = pool
        self._lock = threading.Lock()
        self._files: dict[str, Future[FileFacts]] = {}
        self._kept: dict[int, _Kept] = {}
        self._failed: dict[int, NotExamined] = {}
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="forensics-rt-report-")
        except OSError as error:
            raise OutputError(
                f"no temporary folder can be made for a report: {error}; set TMPDIR to a folder "
                "with free space"
            ) from error

    @property
    def path(self) -> Path:
        """Where the pictures are."""
        return Path(self._folder.name)

    def add(self, number: int, exhibit: Exhibit) -> None:
        """Take an image in.

        Args:
            number: Its place in the report, from 1; those that fail are counted, too.
            exhibit: The image.

        Raises:
            OutputError: If its pictures cannot be written.
            ReportError: If the report has too many images.
        """
        check_count(number, self._kinds)
        sha256 = exhibit.document["provenance"]["image_sha256"]
        file = self._facts(sha256, exhibit.file)
        section = section_of(number, exhibit, file, self._conclusions, self.path)
        with self._lock:
            self._kept[number] = _Kept(section, sha256, file.tables)

    def fail(self, number: int, name: str, reason: str) -> None:
        """Note an image that has no result.

        Args:
            number: Its place in the report, from 1.
            name: What it is called.
            reason: Why.
        """
        check_count(number, self._kinds)
        with self._lock:
            self._failed[number] = NotExamined(number, name, reason)

    def sections(self) -> tuple[Section, ...]:
        """Return the images in order; facts of a file stand with the first of its pages alone."""
        first: dict[str, int] = {}
        found = []
        for number in sorted(self._kept):
            kept = self._kept[number]
            owner = first.setdefault(kept.sha256, number)
            if owner == number or not kept.file_tables:
                found.append(kept.section)
                continue
            own = len(kept.section.tables) - len(kept.file_tables)
            where = (Fact("facts of this file", f"see image {owner} of this report"),)
            tables = (*kept.section.tables[:own], FactTable("The file", where))
            found.append(replace(kept.section, tables=tables, thumbnail=None))
        return tuple(found)

    def failures(self) -> tuple[NotExamined, ...]:
        """Return the images without a result, in order."""
        return tuple(self._failed[number] for number in sorted(self._failed))

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def _facts(self, sha256: str, source: FileSource | None) -> FileFacts:
        """Gather the facts of a file once; another thread that needs them waits."""
        with self._lock:
            known = self._files.get(sha256)
            if known is None:
                own: Future[FileFacts] = Future()
                self._files[sha256] = own
        if known is not None:
            return known.result()
        try:
            own.set_result(gathered(sha256, source, self._password, self._pool))
        except BaseException as error:
            own.set_exception(error)
            raise
        return own.result()


def check_count(images: int, kinds: Iterable[str]) -> None:
    """Refuse more images than a report takes.

    Args:
        images: How many there are.
        kinds: The formats in which it will be written.

    Raises:
        ReportError: If there are more.
    """
    for kind in kinds:
        if images > MOST_IMAGES[kind]:
            raise ReportError(
                f"a report as {kind.upper()} takes up to {MOST_IMAGES[kind]:,} images, but there "
                f"are {images:,} or more; examine them in several runs, each with a report of its "
                f"own" + ("" if kind == "html" else ", or write it as HTML")
            )
