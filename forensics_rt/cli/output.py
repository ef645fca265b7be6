"""What commands print: for people fitted to a terminal or whole in a pipe, or JSON in any case."""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
# More than any line or table that is printed.
_UNLIMITED = 10_000


def output_console() -> Console:
    """Return a console on standard output that wraps lines and cuts cells on a terminal alone."""
    console = Console()
    if not console.file.isatty():
        console.width = _UNLIMITED
    return console


def print_json(document: str | Mapping[str, Any]) -> None:
    r"""Print a document; where the stream is not UTF-8, `ü` is written as `\u00fc`.

    Args:
        document: As JSON, or what is to be written so on one line.

    Raises:
        OutputStopped: If standard output takes nothing more.
    """
    text = document
    if not isinstance(text, str):
        text = json.dumps(document, ensure_ascii=False)
    if codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8":
        text = _BEYOND_ASCII.sub(lambda found: json.dumps(found[0]).strip('"'), text)
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()  # the reader of a pipe wants each when it is there
