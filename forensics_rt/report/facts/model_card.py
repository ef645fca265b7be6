"""The model card of a bundle, as far as a report repeats it: its summary, and its limits."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^(#+)\s+(.*?)\s*#*$")
_LIMITS = re.compile(r"known failures|limit|weakness|caution", re.IGNORECASE)
_ITEM = re.compile(r"^\s*[-*]\s+")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"`|\*\*")
_MOST_ITEMS = 12


@dataclass(frozen=True)
class CardSummary:
    """What a report repeats of a model card.

    Attributes:
        title: Its heading.
        summary: The paragraph below it.
        limits: The items of the section about known failures or limits; empty without one.
    """

    title: str = ""
    summary: str = ""
    limits: tuple[str, ...] = ()


def card_summary(markdown: str) -> CardSummary:
    r"""Take a model card apart.

    Example:
        >>> card_summary("# A 1.0\n\nFinds edits.\n\n## Limits\n\n- Not on photographs.\n")
        CardSummary(title='A 1.0', summary='Finds edits.', limits=('Not on photographs.',))
    """
    title, summary, limits = "", "", []
    section = ""
    for block in re.split(r"\n\s*\n", markdown):
        lines = block.strip().splitlines()
        if lines and (heading := _HEADING.match(lines[0])):
            section = heading[2]
            title = title or (section if len(heading[1]) == 1 else "")
            lines = lines[1:]
        if not lines:
            continue
        if section == title and not summary:
            summary = _plain(" ".join(lines))
        elif _LIMITS.search(section):
            limits += _items(lines)
    return CardSummary(_plain(title), summary, tuple(limits[:_MOST_ITEMS]))


def _items(lines: list[str]) -> list[str]:
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            items.append(_ITEM.sub("", line))
        elif items:
            items[-1] += " " + line.strip()
    # A card may say it in sentences.
    return [_plain(item) for item in items or [" ".join(lines)]]


def _plain(text: str) -> str:
    return _MARKS.sub("", _LINK.sub(r"\1", text)).strip()
