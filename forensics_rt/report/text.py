"""Text from a file, made safe to read: what cannot be seen is written as its number."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# Joins and parts letters in Persian and in Indian scripts.
_JOINERS = "\u200c\u200d"
_UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"))
_MARKS = frozenset(("Mn", "Me"))
_MOST_MARKS = 4
_LONG_WORD = re.compile(r"\S{33,}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
ZERO_WIDTH_SPACE = "\u200b"


def visible(text: str) -> str:
    r"""Return a text in which nothing is hidden and nothing turns its direction around.

    Control characters, invisible ones, marks of direction, characters of private use and those that
    Unicode does not know become `\u{202e}`. Line ends and tabs become spaces.

    Example:
        >>> visible("invoice\u202egpj.exe")
        'invoice\\u{202e}gpj.exe'
    """
    if text.isascii() and text.isprintable():
        return text
    seen: list[str] = []
    marks = 0
    for letter in text:
        kind = unicodedata.category(letter)
        marks = marks + 1 if kind in _MARKS else 0
        if letter in "\n\r\t":
            seen.append(" ")
        elif (kind in _UNSEEN and letter not in _JOINERS) or marks > _MOST_MARKS:
            seen.append(written(letter))
        else:
            seen.append(letter)
    return "".join(seen)


def written(letter: str) -> str:
    r"""Return a character as its number.

    Example:
        >>> written("\0")
        '\\u{0}'
    """
    return f"\\u{{{ord(letter):x}}}"


def all_visible(value: Any) -> Any:
    """Return lists and dictionaries with every text in them made visible."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: all_visible(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [all_visible(one) for one in value]
    return value


def breakable(text: str) -> str:
    """Return a text whose long words may be broken over lines, as file names must be.

    Example:
        >>> breakable("short name.pdf")
        'short name.pdf'
    """
    return _LONG_WORD.sub(lambda word: _with_breaks(word[0]), text)


def _with_breaks(word: str) -> str:
    # A digest fits on a line, and must be found when it is searched for.
    return word if _DIGEST.fullmatch(word) else ZERO_WIDTH_SPACE.join(_pieces(word))


def _pieces(word: str, size: int = 16) -> list[str]:
    pieces: list[str] = []
    for part in re.split(r"(?<=[/_.\-])", word):
        pieces += [part[start : start + size] for start in range(0, len(part), size)]
    return [piece for piece in pieces if piece]
