"""Paths as text that can be printed and stored, whatever bytes they hold."""

from __future__ import annotations

import os
from pathlib import PurePath


def printable(path: str | PurePath) -> str:
    r"""Return a path as text; bytes of it that are not UTF-8 become `\xb7`.

    A name that is not UTF-8 must not stop the line or the JSON that it stands in.

    Example:
        >>> printable(os.fsdecode(b"in/\xb7.png"))
        'in/\\xb7.png'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")
