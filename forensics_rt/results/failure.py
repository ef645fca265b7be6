"""What comes in place of a detection."""

from __future__ import annotations

from dataclasses import dataclass

from forensics_rt.errors import ForensicsError


@dataclass(frozen=True)
class Failure:
    """An input of a stream that gave no detection.

    Attributes:
        name: The path, or the kind of input.
        error: Why.
    """

    name: str
    error: ForensicsError
