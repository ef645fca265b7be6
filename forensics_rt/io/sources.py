"""From files, folders and glob patterns to a list of images with a place for each result."""

from __future__ import annotations

import glob
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO, NoReturn

from forensics_rt.errors import ImageNotFound, OutputError
from forensics_rt.io.formats import FORMATS
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.names import printable
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf.attachment import Attachment

STANDARD_INPUT = "-"
# `summary.json` is the summary of a run.
_RESERVED = (PurePath("summary"),)
SUFFIXES = frozenset(suffix for one in FORMATS for suffix in one.suffixes) | {".pdf"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """One image to come.

    Attributes:
        image: The file: its path, standard input, its bytes, or what is attached to another.
        stem: Where its results go, relative to the output folder and without a suffix. The files of
            a folder keep their sub-folders, and no two sources of a list share a stem.
        page: Which page of the file, from 1; `None` for a file that is one image.
        whole: Of a page, where the results of its file would go if that were one image.
    """

    image: Path | BinaryIO | MemoryFile | Attachment
    stem: PurePath
    page: int | None = None
    whole: PurePath | None = None

    @property
    def input(self) -> Path | Page | BinaryIO | MemoryFile | Attachment:
        """What the detector takes."""
        return self.image if self.page is None else Page(self.image, self.page)

    @property
    def of_file(self) -> PurePath:
        """Where the results of its file as one would go."""
        return self.stem if self.whole is None else self.whole


def find_sources(
    names: Iterable[str | Path],
    results: Path | None = None,
    passed_over: Counter[str] | None = None,
) -> list[Source]:
    """List the images that files, folders and glob patterns stand for, in a stable order.

    A folder stands for the image files in it and below, by suffix and in sorted order; how many
    files it passes over, and why, is logged. Links to folders are followed, each folder is taken
    once. A file named outright is taken whatever its suffix, also where it does not exist: the
    error then comes with its turn, and the others go on.

    Args:
        names: Paths or patterns; `**` goes into sub-folders, `-` is standard input.
        results: A folder whose files are results, not images to come: folders and patterns pass
            over it.
        passed_over: How many files of folders are passed over is added here, by suffix or other
            reason; `None` for nobody who asks.

    Raises:
        ImageNotFound: If a folder cannot be listed.
        OutputError: If a folder or pattern stands for nothing but results.

    Example:
        >>> [source.stem.as_posix() for source in find_sources(["a/scan.jpg", "b/scan.jpg"])]
        ['scan.jpg', 'scan.jpg-2']
    """
    stems = Stems()
    passed_over = Counter() if passed_over is None else passed_over
    return [
        Source(image, stems.take(wanted))
        for name in names
        for image, wanted in _expand(name, results, passed_over)
    ]


def counts_in_words(passed_over: Counter[str]) -> str:
    """Say how many files were passed over, the most frequent reason first.

    Example:
        >>> counts_in_words(Counter({".txt": 1, ".docx": 2}))
        '2 .docx, 1 .txt'
    """
    return ", ".join(f"{count} {why}" for why, count in passed_over.most_common())


class Stems:
    """Gives each source a place of its own: the second `scan.jpg` gets `scan.jpg-2`."""

    def __init__(self) -> None:
        """Give away none but those of a run itself."""
        self._taken: set[PurePath] = set(_RESERVED)
        # Where to go on counting: thousands of one name must not each count from the start.
        self._next: dict[PurePath, int] = {}

    def take(self, wanted: PurePath) -> PurePath:
        """Return the place wanted, or the next one that is free."""
        stem = wanted
        while stem in self._taken:
            number = self._next.get(wanted, 2)
            self._next[wanted] = number + 1
            stem = wanted.with_name(f"{wanted.name}-{number}")
        self._taken.add(stem)
        return stem


def _expand(
    name: str | Path, results: Path | None, passed_over: Counter[str]
) -> list[tuple[Path | BinaryIO, PurePath]]:
    if name == STANDARD_INPUT:
        if sys.stdin is None:
            raise ImageNotFound("<stdin>", "standard input is closed; give it a file or a pipe")
        return [(sys.stdin.buffer, PurePath("stdin"))]
    path = Path(name)
    # Of a name that no system takes pathlib raises; reading it says what is wrong.
    if os.path.isdir(path):
        if results is not None and _is_in(os.path.realpath(path), os.path.realpath(results)):
            raise _only_results(name, results)
        return [
            (file, file.relative_to(path)) for file in _images_below(path, results, passed_over)
        ]
    if not os.path.exists(path) and glob.has_magic(str(name)):
        matches = _matches(str(name), results)
        found = [pair for match in matches for pair in _expand(match, results, passed_over)]
        return found or [(path, PurePath(path.name))]
    return [(path, PurePath(path.name))]


def _matches(pattern: str, results: Path | None) -> list[str]:
    found = _each_once(glob.glob(pattern, recursive=True))
    if "**" in pattern:  # it matches what is in the folders, too
        found = [match for match in found if not os.path.isdir(match)]
    if results is None:
        return found
    shut = os.path.realpath(results)
    images = [match for match in found if not _is_in(os.path.realpath(match), shut)]
    if found and not images:
        raise _only_results(pattern, results)
    return images


def _each_once(matches: list[str]) -> list[str]:
    # `**` follows links, also those that lead back: of the ways to a file the shortest counts.
    ways: dict[tuple[str, str], str] = {}
    for match in sorted(matches, key=lambda match: (match.count(os.sep), match)):
        folder, name = os.path.split(match)
        ways.setdefault((os.path.realpath(folder), name), match)
    return sorted(ways.values())


def _only_results(name: str | Path, results: Path) -> OutputError:
    return OutputError(
        f"{printable(name)}: is inside the results folder, {printable(results)}; its files "
        "would be taken for results: give another folder for `results`"
    )


def _images_below(folder: Path, results: Path | None, passed_over: Counter[str]) -> list[Path]:
    shut = None if results is None else os.path.realpath(results)
    found: list[Path] = []
    seen: set[str] = set()
    other: Counter[str] = Counter()
    for where, folders, names in os.walk(folder, onerror=_cannot_be_listed, followlinks=True):
        folders.sort()  # which of two ways leads to a folder must not depend on the disk
        real = os.path.realpath(where)
        if real in seen or (shut is not None and _is_in(real, shut)):
            folders.clear()
            continue
        seen.add(real)
        for name in names:
            suffix, path = os.path.splitext(name)[1].lower(), os.path.join(where, name)
            if suffix not in SUFFIXES:
                other[printable(suffix) or "without a suffix"] += 1
            elif not os.path.isfile(path):  # a link to nothing, a pipe
                other["not a regular file"] += 1
            # Of a regular file its folder says where it is; a link may point anywhere.
            elif not (shut and os.path.islink(path) and _is_in(os.path.realpath(path), shut)):
                found.append(Path(path))
    if other:
        _log.warning("%s: passed over: %s", printable(folder), counts_in_words(other))
    passed_over.update(other)
    return sorted(found)


def _cannot_be_listed(error: OSError) -> NoReturn:
    raise ImageNotFound(
        printable(error.filename),
        f"the folder cannot be listed: {error.strerror}; make it readable, or leave it out",
    ) from error


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))
