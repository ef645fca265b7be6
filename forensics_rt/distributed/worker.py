"""What runs on each machine: reads files, finds the forged pixels, writes maps, returns rows."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal

from forensics_rt.detector import Detector
from forensics_rt.distributed.page_stream import PageStream
from forensics_rt.distributed.places import Place
from forensics_rt.distributed.probe import why_fatal
from forensics_rt.distributed.rows import ROW_SCHEMA, Row, error_row, row_of
from forensics_rt.errors import BackendError, ForensicsError, ImageError, OutputError
from forensics_rt.io.image_files import encode_image
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pages import pages_of
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure
from forensics_rt.results.saving import map_in_16_bits
from forensics_rt.system.memory import peak_bytes
from forensics_rt.version import __version__

MapsWanted = Literal["all", "forged", "none"]
# A store may refuse a request now and answer it a moment later.
_TRIES, _PAUSE = 3, 0.5


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
        settings = _settings_of(self._detector)
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
                data = _read(Place(self._setup.filesystems[filesystem], path, name))
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
            files = self._write_maps(result)
        return row_of(document, self._settings, files)

    def _write_maps(self, detection: Detection) -> dict[str, str]:
        # By content and settings: who computes it again writes the same bytes to the same place.
        provenance = detection.provenance
        sha256 = provenance.image_sha256
        page = "" if provenance.page is None else f"-page{provenance.page}"
        stem = f"maps/{self._settings}/{sha256[:2]}/{sha256}{page}"
        pictures = {
            "map": (f"{stem}.probability.png", map_in_16_bits(detection.probability)),
            "mask": (f"{stem}.mask.png", detection.mask.view("uint8") * 255),
        }
        for name, pixels in pictures.values():
            _write(self._setup.out.below(name), encode_image(PurePath(name).suffix, pixels, name))
        return {column: name for column, (name, _) in pictures.items()}


def settings_id(settings: Mapping[str, Any]) -> str:
    """Return 16 digits that name the settings of a run."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def fatal_row(settings: str, why: str) -> Row:
    """Return the row of a file that ends the process that decodes it."""
    return error_row(settings, f"the process that decoded it {why}", "WorkerDied")


def _settings_of(detector: Detector) -> dict[str, Any]:
    used, uses = detector.conclusions, detector.capabilities
    recipe = detector.recipe.with_threshold(detector.threshold, detector.high_threshold)
    return json.loads(  # type: ignore[no-any-return]
        json.dumps(
            {
                "rows": ROW_SCHEMA,
                "forensics_rt": __version__,
                "bundle": detector.bundle_name,
                "bundle_id": detector.bundle.id,
                "recipe": recipe.as_record(),
                "calibration": used.calibration_id,
                "operating_point": used.operating_point_name,
                "prevalence": used.expected_share,
                "backend": uses.name,
                "precision": uses.precision,
                "damaged": detector.read_options.damaged,
                "max_pixels": detector.read_options.max_pixels,
            }
        )
    )


def _read(place: Place) -> bytes:
    for tried in range(1, _TRIES + 1):
        try:
            return place.read()
        except (FileNotFoundError, PermissionError, IsADirectoryError):
            raise
        except Exception:
            if tried == _TRIES:
                raise
            time.sleep(_PAUSE * tried)
    raise AssertionError


def _write(place: Place, data: bytes) -> None:
    for tried in range(1, _TRIES + 1):
        try:
            place.write(data)
            return
        except OutputError:  # it ends the run: a page without its map must not pass for done
            if tried == _TRIES:
                raise
            time.sleep(_PAUSE * tried)


def _row_of_error(settings: str, error: ForensicsError) -> Row:
    said = error.cause if isinstance(error, ImageError) else str(error)
    return error_row(settings, said, type(error).__name__)


def _numbered(page: tuple[int | None, Future[Row]]) -> Row:
    number, row = page
    return {**row.result(), "page": number}
