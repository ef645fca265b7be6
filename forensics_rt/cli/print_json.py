"""JSON on standard output, which stays JSON whatever characters the stream can hold."""

from __future__ import annotations

import codecs
import json
import re
import sys

import typer

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def print_json(text: str) -> None:
    r"""Print a document; where the stream is not UTF-8, `ü` is written as `\u00fc`.

    Args:
        text: The document as JSON.
    """
    if codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8":
        text = _BEYOND_ASCII.sub(lambda found: json.dumps(found[0]).strip('"'), text)
    typer.echo(text.rstrip("\n"))
