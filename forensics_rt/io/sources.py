"""From files, folders and glob patterns to a list of images with a place for each result."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PurePath
from typing import BinaryIO

STANDARD_INPUT = "-"
SUFFIXES = frozenset(
    ".jpg .jpeg .jfif .mpo .png .webp .tif .tiff .bmp .gif .ppm .pgm .pnm .jp2 .avif".split()
)


@dataclass(frozen=True)
class Source:
    """One image to come.

    Attributes:
        image: The file's path, or standard input.
        stem: Where its results go, relative to the output folder and without a suffix. The files of
            a folder keep their sub-folders, and no two sources of a list share a stem.
    """

    image: Path | BinaryIO
    stem: PurePath


def find_sources(names: Iterable[str | Path], results: Path | None = None) -> list[Source]:
    """List the images that files, folders and glob patterns stand for, in a stable order.

    A folder stands for the image files in it and below, by suffix and in sorted order. A file named
    outright is taken whatever its suffix, also where it does not exist: the error then comes with
    its turn, and the others go on.

    Args:
        names: Paths or patterns; `**` goes into sub-folders, `-` is standard input.
        results: A folder whose files are results, not images to come; folders are not entered
            there.

    Example:
        >>> [source.stem.as_posix() for source in find_sources(["a/scan.jpg", "b/scan.jpg"])]
        ['scan.jpg', 'scan.jpg-2']
    """
    sources: dict[PurePath, Source] = {}
    for name in names:
        for image, wanted in _expand(name, results):
            numbered = (wanted.with_name(f"{wanted.name}-{number}") for number in count(2))
            stem = next(stem for stem in chain([wanted], numbered) if stem not in sources)
            sources[stem] = Source(image, stem)
    return list(sources.values())


def _expand(name: str | Path, results: Path | None) -> list[tuple[Path | BinaryIO, PurePath]]:
    if name == STANDARD_INPUT:
        return [(sys.stdin.buffer, PurePath("stdin"))]
    path = Path(name)
    if path.is_dir():
        return [
            (file, file.relative_to(path))
            for file in sorted(path.rglob("*"))
            if file.is_file() and file.suffix.lower() in SUFFIXES and not _is_below(file, results)
        ]
    if not path.exists() and glob.has_magic(str(name)):
        matches = sorted(glob.glob(str(name), recursive=True))
        found = [pair for match in matches for pair in _expand(match, results)]
        return found or [(path, PurePath(path.name))]
    return [(path, PurePath(path.name))]


def _is_below(file: Path, folder: Path | None) -> bool:
    return folder is not None and folder.resolve() in file.resolve().parents
