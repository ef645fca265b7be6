"""A fact: a label and a value, both as text for a reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """One line of a table of facts.

    Attributes:
        label: What it is.
        value: What was found; it may hold whatever a file says.

    Example:
        >>> Fact("SHA-256", "e3b0c442").label
        'SHA-256'
    """

    label: str
    value: str


@dataclass(frozen=True)
class FactTable:
    """Facts that belong together.

    Attributes:
        title: What they are about.
        facts: In order.
        note: What a reader must know to read them; empty for nothing.
    """

    title: str
    facts: tuple[Fact, ...]
    note: str = ""


def shortened(text: str, most: int = 300) -> str:
    """Return a text of at most so many characters, with the number that were left out.

    Example:
        >>> shortened("abcdef", 4)
        'abcd … (2 more characters)'
    """
    if len(text) <= most:
        return text
    return f"{text[:most]} … ({len(text) - most:,} more characters)"
