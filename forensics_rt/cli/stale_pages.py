"""Results of what a file no longer holds: they must not pass for results of this run."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from forensics_rt.errors import ImageError
from forensics_rt.io.file_source import FileSource, digest_of
from forensics_rt.io.sources import Source
from forensics_rt.results.saving import beside, remove_detection

if TYPE_CHECKING:
    from forensics_rt.io.isolated.pool import DecoderPool

_PART = re.compile(r"(?<!^)-(page[0-9]+$|attachment-(?=.))")
_PAGE = re.compile(r"-page[0-9]+$")
_JSON = ".json"


def remove_stale_pages(
    out: Path,
    sources: Iterable[Source],
    kept: Mapping[PurePath, FileSource],
    password: str | None = None,
    pool: DecoderPool | None = None,
) -> list[PurePath]:
    """Remove what earlier runs wrote of these files under stems that this run does not use.

    A file that had three pages may have two now, or be damaged; what was one image may have become
    pages; and an attachment may be gone.

    Args:
        out: Where results go.
        sources: The images of this run.
        kept: Pages and attachments that are there and not examined now, by the stems of their
            results, which stay if they are of the same bytes.
        password: What opens locked PDFs; `None` for no password.
        pool: What opens PDFs; `None` for this process.

    Returns:
        The stems whose results were removed, in order.

    Raises:
        OutputError: If one cannot be removed.
    """
    used = {source.stem for source in sources}
    wholes = {source.of_file for source in sources}
    folders = {stem.parent for stem in wholes}
    stale = sorted(
        stem
        for folder in folders
        for stem in _stems_in(out, folder)
        if stem not in used
        and not wholes.isdisjoint((stem, *_wholes_of(stem)))
        and not _still_holds(out, stem, kept, password, pool)
    )
    for stem in stale:
        remove_detection(out / stem)
    return stale


def _stems_in(out: Path, folder: PurePath) -> list[PurePath]:
    try:
        names = os.listdir(out / folder)
    except OSError:  # there is nothing of an earlier run
        return []
    return [folder / name.removesuffix(_JSON) for name in names if name.endswith(_JSON)]


def _still_holds(
    out: Path,
    stem: PurePath,
    kept: Mapping[PurePath, FileSource],
    password: str | None,
    pool: DecoderPool | None,
) -> bool:
    file = kept.get(stem) or kept.get(stem.with_name(_PAGE.sub("", stem.name)))
    if file is None:  # of an attachment that is kept, its own attachments are
        return any(whole in kept for whole in _wholes_of(stem))
    try:
        there = json.loads(beside(out / stem, _JSON).read_bytes())["provenance"]["image_sha256"]
        found = digest_of(file, password).result() if pool is None else pool.digest(file, password)
        return bool(there == found)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ImageError):
        return False


def _wholes_of(stem: PurePath) -> Iterator[PurePath]:
    """Yield what a stem may be a page or an attachment of."""
    for found in _PART.finditer(stem.name):
        yield stem.with_name(stem.name[: found.start()])
