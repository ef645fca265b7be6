"""Paths as text that can be printed and stored, whatever bytes they hold."""

from __future__ import annotations

import os
import re
from pathlib import PurePath

# Of bytes, so that the names of results stay within what systems allow.
_LONGEST_NAME = 100
# No system forbids more in a file name.
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_BYTE = 0xFF
# Also what has a terminal write from right to left: `gpj.exe` would be shown as `exe.jpg`.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def printable(path: str | PurePath) -> str:
    r"""Return a path as text; bytes that are not UTF-8 and control characters become `\xb7`.

    A name that is not UTF-8 must not stop the line or the JSON that it stands in, and none may
    command the terminal or turn its text around.

    Example:
        >>> printable(os.fsdecode(b"in/\xb7.png"))
        'in/\\xb7.png'
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return _CONTROL.sub(_escaped, text)


def file_name(given: str) -> str:
    """Return a name that a stranger gave as one that can be part of the names of results.

    It has neither folders nor control characters, and 100 bytes at most: the last ones, which have
    the suffix.

    Example:
        >>> file_name("../../etc/pass:word.png")
        'pass_word.png'
    """
    last = re.split(r"[/\\]", given.encode("utf-8", "replace").decode())[-1]
    kept = _FORBIDDEN.sub("_", printable(last).replace("\\", "_")).encode()[-_LONGEST_NAME:]
    return kept.decode("utf-8", "ignore").strip() or "unnamed"


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number <= _BYTE else f"\\u{number:04x}"
