"""Results of pages that a file no longer holds: they must not pass for results of this run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePath

from forensics_rt.io.sources import Source
from forensics_rt.saving import remove_detection

_PAGE = re.compile(r"(?P<whole>.+)-page[0-9]+")
_JSON = ".json"


def remove_stale_pages(out: Path, sources: Iterable[Source]) -> list[PurePath]:
    """Remove what earlier runs wrote of these files under stems that this run does not use.

    A file that had three pages may have two now, or be damaged; and what was one image may have
    become pages.

    Args:
        out: Where results go.
        sources: The images of this run.

    Returns:
        The stems whose results were removed, in order.

    Raises:
        OutputError: If one cannot be removed.
    """
    used = {source.stem for source in sources}
    wholes = {source.whole or source.stem for source in sources}
    folders = {stem.parent for stem in wholes}
    stale = sorted(
        stem
        for folder in folders
        for stem in _stems_in(out, folder)
        if stem not in used and _file_of(stem, wholes)
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


def _file_of(stem: PurePath, wholes: set[PurePath]) -> bool:
    found = _PAGE.fullmatch(stem.name)
    return stem in wholes or (found is not None and stem.with_name(found["whole"]) in wholes)
