"""The number formats that a caller may ask a backend for."""

from __future__ import annotations

from typing import Literal, get_args

from forensics_rt.errors import BackendUnavailable

PrecisionName = Literal["auto", "float32"]
PRECISIONS: tuple[PrecisionName, ...] = get_args(PrecisionName)


def check_precision(precision: object) -> None:
    """Refuse what is no number format that can be asked for.

    Raises:
        BackendUnavailable: Listing those that there are.
    """
    if precision not in PRECISIONS:
        raise BackendUnavailable(
            f"precision must be one of {', '.join(PRECISIONS)}, but is {precision!r}"
        )
