"""Model configurations as text that Triton reads (protobuf text format)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


class Word(str):
    """A name of an enumeration, written without quotes."""


def text_of(message: Mapping[str, Any]) -> str:
    """Return a message as text.

    Args:
        message: Fields by name: numbers, text, `Word`, messages, or lists of these. A list of
            numbers is written on one line, any other once for each of its items.

    Example:
        >>> print(text_of({"name": "a", "dims": [-1, 3], "input": [{"kind": Word("X")}]}), end="")
        name: "a"
        dims: [-1, 3]
        input {
          kind: X
        }
    """
    return "".join(f"{line}\n" for line in _lines(message))


def _lines(message: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in message.items():
        if isinstance(value, list) and all(isinstance(one, int) for one in value):
            yield f"{indent}{name}: [{', '.join(map(str, value))}]"
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                yield f"{indent}{name} {{"
                yield from _lines(one, indent + "  ")
                yield f"{indent}}}"
            else:
                yield f"{indent}{name}: {_scalar(one)}"


def _scalar(value: object) -> str:
    # Booleans, numbers and text are written as in JSON.
    return str(value) if isinstance(value, Word) else json.dumps(value, ensure_ascii=True)
