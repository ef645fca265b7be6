"""Which number format a bundle computes in here: measured, allowed, and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from forensics_rt.errors import BackendUnavailable

# What a caller may ask for.
PrecisionName = Literal["auto", "float32"]
PRECISIONS: tuple[PrecisionName, ...] = get_args(PrecisionName)
FLOAT32 = "f32"
FLOAT16 = "f16"
INT8 = "int8"
# A format that rounds must gain this much over float32, and int8 this much over bf16, whose maps
# lie nearer to float32. Gains below that come and go with the noise of a measurement.
LEAST_GAIN = 1.15


@dataclass(frozen=True)
class FormatChoice:
    """The number format taken, and what was known of the others.

    Attributes:
        taken: Its name, such as `bf16`.
        ratios: How many times as fast as float32 each format was that was measured.
        refused: Why each of the others was not taken.

    Example:
        >>> FormatChoice("bf16", {"bf16": 2.06}, {"int8": "the bundle has none"}).describe()
        'bf16: 2.06 times as fast as f32; int8 not taken: the bundle has none'
    """

    taken: str = FLOAT32
    ratios: Mapping[str, float] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    def describe(self) -> str:
        """Return one line for people."""
        gain = self.ratios.get(self.taken)
        taken = self.taken if gain is None else f"{self.taken}: {gain:.2f} times as fast as f32"
        refused = (f"{name} not taken: {reason}" for name, reason in self.refused.items())
        return "; ".join((taken, *refused))


def by_gain(ratios: Mapping[str, float]) -> list[str]:
    """Return the formats that are worth their rounding, the best first.

    Args:
        ratios: How many times as fast as float32 each format is.

    Example:
        >>> by_gain({"bf16": 2.0, "int8": 2.2}), by_gain({"bf16": 2.0, "int8": 2.5})
        (['bf16', 'int8'], ['int8', 'bf16'])
        >>> by_gain({"bf16": 0.7})
        []
    """
    worth = [name for name, ratio in ratios.items() if ratio >= LEAST_GAIN]
    handicap = {INT8: LEAST_GAIN}
    return sorted(worth, key=lambda name: -ratios[name] / handicap.get(name, 1.0))


def check_precision(precision: object) -> None:
    """Refuse what is no number format that can be asked for.

    Raises:
        BackendUnavailable: Listing those that there are.
    """
    if precision not in PRECISIONS:
        raise BackendUnavailable(
            f"precision must be one of {', '.join(PRECISIONS)}, but is {precision!r}"
        )
