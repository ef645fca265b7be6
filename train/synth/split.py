"""Which files train and which are held out: decided by a hash of the file name alone."""

from __future__ import annotations

import hashlib
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
