"""Edits that are known to be on scans that pass for authentic.

A public collection of authentic documents is not always authentic: somebody typed a number over a
receipt, or wiped a name out. Such a scan teaches the opposite of what it shows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

EDITED = ("typed", "erased")
SUSPECTED = "suspected"
_COLUMNS = ["image", "x0", "y0", "x1", "y1", "what"]


@dataclass(frozen=True)
class KnownEdit:
    """One edit, or what may be one.

    Attributes:
        image: File name of the scan, without folder.
        box: x0, y0, x1, y1 in pixels, half-open.
        what: `typed` or `erased`; `suspected` where nobody can be sure.
    """

    image: str
    box: tuple[int, int, int, int]
    what: str


def read_known_edits(path: Path) -> tuple[KnownEdit, ...]:
    """Read a CSV with the columns image, x0, y0, x1, y1, what; an image may have several rows.

    Raises:
        ValueError: If the file cannot be read, is empty, or a row says something else.
    """
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeError) as error:
        raise ValueError(f"{path} must be a CSV of known edits: {error}") from error
    if not rows:
        raise ValueError(f"{path} must list known edits, {', '.join(_COLUMNS)}, but lists none")
    return tuple(_edit(path, number, row) for number, row in enumerate(rows, 2))


def edits_by_file(
    edits: Iterable[KnownEdit], files: Iterable[str]
) -> dict[str, tuple[KnownEdit, ...]]:
    """Find the edits of each file by its stem, as the split does: a copy may have another suffix.

    Args:
        edits: What is known.
        files: Paths of scans.

    Returns:
        The files with known edits, in their order.

    Raises:
        ValueError: If none of the files has any: then the list is that of another collection.
    """
    of_stem: dict[str, list[KnownEdit]] = {}
    for edit in edits:
        of_stem.setdefault(Path(edit.image).stem, []).append(edit)
    stems = {file: Path(file).stem for file in files}
    found = {file: tuple(of_stem[stem]) for file, stem in stems.items() if stem in of_stem}
    if not found:
        raise ValueError(
            f"edited of [sources] must name edits of the scans, but of {len(of_stem)} images "
            f"listed, such as {next(iter(of_stem), 'none')}, none is among the {len(stems)} scans; "
            "leave edited out for scans of your own"
        )
    return found


def _edit(path: Path, number: int, row: dict[str, str]) -> KnownEdit:
    values = [row.get(column) or "" for column in _COLUMNS]
    if set(row) == set(_COLUMNS) and all(value.isdigit() for value in values[1:5]):
        x0, y0, x1, y1 = (int(value) for value in values[1:5])
        if values[0] and x0 < x1 and y0 < y1 and values[5] in (*EDITED, SUSPECTED):
            return KnownEdit(values[0], (x0, y0, x1, y1), values[5])
    raise ValueError(
        f"line {number} of {path} must hold {', '.join(_COLUMNS)}, a box of whole pixels that is "
        f"not empty and one of {', '.join((*EDITED, SUSPECTED))}, but is {row}"
    )
