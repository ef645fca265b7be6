"""Paths as text that can be printed and stored, whatever bytes they hold."""

from __future__ import annotations

import os
import re
from pathlib import PurePath

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def printable(path: str | PurePath) -> str:
    r"""Return a path as text; bytes that are not UTF-8 and control characters become `\xb7`.

    A name that is not UTF-8 must not stop the line or the JSON that it stands in, and none may
    command the terminal.

    Example:
        >>> printable(os.fsdecode(b"in/\xb7.png"))
        'in/\\xb7.png'
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
