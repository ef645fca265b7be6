"""Messages of the library, with the command line's options in place of Python's arguments."""

from __future__ import annotations

import ast
import logging
import re
import shlex

_ARGUMENTS = (
    *("attachments", "damaged", "decoders", "max_pixels", "memory", "overlay", "password"),
    *("results", "robust", "stem"),
)
# Those that are not called alike.
_NAMES = {"results": "--out"}
_FUNCTIONS = {"detect_large": "forensics-rt detect-large"}
_QUOTED = re.compile(rf"`(?:({'|'.join(_ARGUMENTS)})(?:=([^`]+))?|({'|'.join(_FUNCTIONS)}))`")


def in_flags(message: object) -> str:
    """Return a message of the library as a user of the command line can follow it.

    The library writes arguments between backticks, as Python has them.

    Example:
        >>> in_flags("raise it with `max_pixels`, or use `damaged='examine'` or `overlay=False`")
        'raise it with --max-pixels, or use --damaged examine or --no-overlay'
    """
    return _QUOTED.sub(_flag, str(message))


def _flag(found: re.Match[str]) -> str:
    argument, text, function = found.groups()
    if function:
        return _FUNCTIONS[function]
    flag = _NAMES.get(argument, f"--{argument.replace('_', '-')}")
    value = None if text is None else ast.literal_eval(text)
    if value is None or value is True:
        return flag
    return flag.replace("--", "--no-", 1) if value is False else f"{flag} {shlex.quote(str(value))}"


class FlagFormatter(logging.Formatter):
    """Prints the warnings of the library likewise."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return in_flags(super().format(record))
