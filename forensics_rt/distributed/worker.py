"""What runs on each machine: reads files, finds the forged pixels, writes maps, returns rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from forensics_rt.detector import Detector
from forensics_rt.distributed.map_files import MapsWanted, write_maps
from forensics_rt.distributed.page_stream import PageStream
from forensics_rt.distributed.patience import read_patiently
from forensics_rt.distributed.places import Place
from forensics_rt.distributed.probe import why_fatal
from forensics_rt.distributed.rows import Row, error_row, fatal_row, row_of
from forensics_rt.distributed.settings import settings_id, settings_of
from forensics_rt.errors import BackendError, ForensicsError, ImageError
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pages import pages_of
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure
from forensics_rt.system.memory import peak_bytes


@dataclass(frozen=True)
class WorkerSetup:
    """What every worker is started with.

    Attributes:
        detector: Arguments of `Detector`.
        threads: How many compute.
        filesystems: Where files are, by the numbers that they come with.
        out: The results.
        maps: Whether the maps of all pages are written, or of those with regions, or of none.
    """

    detector: Mapping[str, Any]
    threads: int
    filesystems: tuple[Any, ...]
    out: Place
    maps: MapsWanted


class Worker:
    """One process with a detector; Ray makes an actor of it. `read` and `compute` run side by side.

    Args:
        setup: What it is started with.
    """

    def __init__(self, setup: WorkerSetup) -> None:
        """Start nothing yet: what goes wrong is to be an error of `start`."""
        self._setup = setup
        self._read: dict[int, list[MemoryFile | None]] = {}

    def start(self) -> dict[str, Any]:
        """Start the detector.

        Returns:
            What decides the answers, ready for JSON: equal on all workers, or they cannot be mixed.

        Raises:
            ForensicsError: As `Detector`.
        """
        self._detector = Detector(**self._setup.detector, threads=self._setup.threads)
        settings = settings_of(self._detector)
        self._settings = settings_id(settings)
        self._pages = PageStream(self._detector, self._settle, max(1, self._setup.threads // 2))
        return settings

    def peak_memory(self) -> int:
        """Return the most bytes of memory that this process has used."""
        return peak_bytes()

    def read(
        self, number: int, files: Sequence[tuple[int, str, str]]
    ) -> list[tuple[str | None, str | None]]:
        """Read the files of a unit and keep them.

        Args:
            number: The unit.
            files: For each its file system, its path there, and its name.

        Returns:
            For each the SHA-256 of its bytes, or why it cannot be read.
        """
        kept: list[MemoryFile | None] = []
        answers: list[tuple[str | None, str | None]] = []
        for filesystem, path, name in files:
            try:
                data = read_patiently(Place(self._setup.filesystems[filesystem], path, name))
            except Exception as error:  # what libraries of stores raise is no contract
                kept.append(None)
                said = getattr(error, "strerror", None) or error
                answers.append((None, f"cannot be read: {said}"))
            else:
                kept.append(MemoryFile(data, name))
                answers.append((hashlib.sha256(data).hexdigest(), None))
        self._read[number] = kept
        return answers

    def forget(self, number: int) -> None:
        """Drop a unit of which nothing is to be computed."""
        del self._read[number]

    def compute(self, number: int, places: Sequence[int], checked: bool) -> list[list[Row]]:
        """Find the forged pixels of files of a unit that was read.

        Args:
            number: The unit.
            places: Which of its files.
            checked: Whether a worker died that had them: a child process decodes them first.

        Returns:
            For each file its rows, one a page.

        Raises:
            BackendError: If the engine no longer answers; another worker has to be started.
            OutputError: If a map cannot be written.
        """
        kept = self._read.pop(number)
        files = [file for place in places if (file := kept[place]) is not None]
        fatal: list[str | None] = [None] * len(files)
        if checked:
            fatal = why_fatal(files, self._detector.read_options)
        begun = [[] if why else self._begin(file) for file, why in zip(files, fatal, strict=True)]
        return [
            [fatal_row(self._settings, why)] if why else [_numbered(page) for page in pages]
            for pages, why in zip(begun, fatal, strict=True)
        ]

    def _begin(self, file: MemoryFile) -> list[tuple[int | None, Future[Row]]]:
        pages = pages_of(file, self._detector.read_options.password)
        if len(pages) == 1:
            return [(None, self._pages.submit(file))]
        return [(page.number, self._pages.submit(page)) for page in pages]

    def _settle(self, result: Detection | Failure) -> Row:
        if isinstance(result, Failure):
            if isinstance(result.error, BackendError):
                raise result.error
            return _row_of_error(self._settings, result.error)
        document = result.to_dict()
        wanted = self._setup.maps
        files: dict[str, str] = {}
        if wanted == "all" or (wanted == "forged" and document["regions"]):
            files = write_maps(result, self._settings, self._setup.out)
        return row_of(document, self._settings, files)


def _row_of_error(settings: str, error: ForensicsError) -> Row:
    said = error.cause if isinstance(error, ImageError) else str(error)
    return error_row(settings, said, type(error).__name__)


def _numbered(page: tuple[int | None, Future[Row]]) -> Row:
    number, row = page
    return {**row.result(), "page": number}
