"""JSON on standard output, which stays JSON whatever characters the stream can hold."""

from __future__ import annotations

import codecs
import json
import re
import sys

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def print_json(text: str) -> None:
    r"""Print a document; where the stream is not UTF-8, `ü` is written as `\u00fc`.

    Args:
        text: The document as JSON.

    Raises:
        OutputStopped: If standard output takes nothing more.
    """
    if codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8":
        text = _BEYOND_ASCII.sub(lambda found: json.dumps(found[0]).strip('"'), text)
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()  # the reader of a pipe wants each when it is there
