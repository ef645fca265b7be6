"""Which files train and which are held out: decided by a hash of the file name alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path


def is_held_out(name: str, percent: int = 10) -> bool:
    """Tell whether a file belongs to the held-out part.

    The answer depends on the stem only, so that it survives moving or re-encoding the file.

    Args:
        name: File name, with or without folder and suffix.
        percent: Share of names that are held out, 0..100.

    Returns:
        True for about `percent` of all names.

    Example:
        >>> is_held_out("scan_1.jpg") == is_held_out("other/scan_1.png")
        True
    """
    digest = hashlib.sha256(Path(name).stem.encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < percent


def part_of(files: Sequence[str], held_out: bool | None, percent: int = 10) -> list[str]:
    """Choose the training part of some files, or the held-out one.

    Args:
        files: Paths.
        held_out: True for the held-out part, False for the rest, None for all.
        percent: Share of names that are held out, 0..100.

    Returns:
        In their order. Of few files, of which the hash would hold out none, it is the first.
    """
    if held_out is None:
        return list(files)
    chosen = [file for file in files if is_held_out(file, percent)] or list(files[:1])
    return chosen if held_out else [file for file in files if file not in chosen]
