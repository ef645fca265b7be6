"""What is wrong with encoded pixels that most decoders read without a warning.

Here is the phrase by which a result says so.
"""

from __future__ import annotations

from collections.abc import Iterable

DAMAGED = "damaged: "
# What ends the refusal of an image of which a part can be decoded.
HOW_TO_EXAMINE = "; to examine what can be decoded of it, use `damaged='examine'`"


def tells_of_damage(conversions: Iterable[str]) -> bool:
    """Say whether a result's `conversions` tell of damage."""
    return any(step.startswith(DAMAGED) for step in conversions)
