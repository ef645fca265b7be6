"""The phrase by which a result says that its image is damaged."""

from __future__ import annotations

from collections.abc import Iterable

DAMAGED = "damaged: "
# What ends the refusal of an image of which a part can be decoded.
HOW_TO_EXAMINE = "; to examine what can be decoded of it, use `damaged='examine'`"


def tells_of_damage(conversions: Iterable[str]) -> bool:
    """Say whether a result's `conversions` tell of damage.

    Example:
        >>> tells_of_damage(["gray to RGB", "damaged: Premature end of JPEG file"])
        True
    """
    return any(step.startswith(DAMAGED) for step in conversions)
