"""What kind of picture an image is: scan, photograph, screen, born digital or fax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MediumName = Literal["scan", "photograph", "screen", "born digital", "fax"]


@dataclass(frozen=True)
class Medium:
    """The kind of an image, and what says so.

    Attributes:
        name: Which kind.
        evidence: What was measured or read that says so, as a phrase.

    Example:
        >>> Medium("fax", "TIFF compressed as Group 4").name
        'fax'
    """

    name: MediumName
    evidence: str
