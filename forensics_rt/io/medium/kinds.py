"""What kind of picture an image is: scan, photograph, screen, born digital or fax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MediumName = Literal["scan", "photograph", "screen", "born digital", "fax"]
UNKNOWN = "unknown"
"""What stands for the medium of images that fit none well."""
NO_IMAGE = "the page shows no image: text and lines drawn by a program carry no traces of editing"


@dataclass(frozen=True)
class Medium:
    """The kind of an image, and what says so.

    Attributes:
        name: Which kind. `fax` is every page of black and white without gray, sent by fax or not.
        evidence: What was measured or read that says so, as a phrase.
        no_traces: Why there can be no traces of editing in it, so that no network is asked and the
            verdict is `not_applicable`; `None` for everything that was once stored as pixels.
    """

    name: MediumName
    evidence: str
    no_traces: str | None = None

    def to_dict(self) -> dict[str, str]:
        """Return name and evidence, ready for JSON."""
        return {"name": self.name, "evidence": self.evidence}


def born_digital(evidence: str) -> Medium:
    """Return the medium of a page on which a program drew all that can be seen.

    Args:
        evidence: What says so, as a phrase.
    """
    return Medium("born digital", evidence, NO_IMAGE)
