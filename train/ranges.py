"""Numbers that a user sets: their ranges, and how strictly a config is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

STRICT = ConfigDict(extra="forbid", strict=True)
"""For `pydantic.dataclasses.dataclass`: unknown names and values of another type are errors."""

AtLeastOne = Annotated[int, Field(ge=1)]
NotNegativeInt = Annotated[int, Field(ge=0)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
UnitShare = Annotated[float, Field(ge=0, le=1)]


def check_counts(options: object, *names: str) -> None:
    """Refuse options of a command line below 1.

    Raises:
        ValueError: If one of them is.
    """
    for name in names:
        value = getattr(options, name)
        if value < 1:
            raise ValueError(f"--{name} must be at least 1, but is {value}")
