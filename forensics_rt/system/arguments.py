"""Checks of what callers give: the message names the argument, what was found and expected."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np


def whole_number(name: str, value: object, error: type[Exception]) -> int:
    """Return a whole number of 1 or more as Python's own; numpy's are taken, too.

    Args:
        name: What to call it.
        value: What was given.
        error: Raised if it is something else, such as `'2'`, 2.5 or `True`.
    """
    if isinstance(value, float) and value.is_integer():  # 8e7 is a number of pixels
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, Integral):
        kind = type(value).__name__
        raise error(f"{name} must be a whole number of 1 or more, but is {value!r} ({kind})")
    if value < 1:
        raise error(f"{name} must be 1 or more, but is {value}")
    return int(value)


def flag(name: str, value: object, error: type[Exception]) -> bool:
    """Return a truth value as Python's own; numpy's are taken, too.

    Args:
        name: What to call it.
        value: What was given.
        error: Raised if it is something else, such as `'yes'`, 1 or `None`.
    """
    of_kind(name, value, (bool, np.bool_), "True or False", error)
    return bool(value)


def of_kind(
    name: str,
    value: object,
    kinds: type[Any] | tuple[type[Any], ...],
    expected: str,
    error: type[Exception],
    secret: bool = False,
) -> None:
    """Refuse a value of another type than expected.

    Args:
        name: What to call it.
        value: What was given.
        kinds: Which types it may have.
        expected: These types in words.
        error: Raised if it has another.
        secret: Whether the value is left out of the message.
    """
    if not isinstance(value, kinds):
        kind = type(value).__name__
        found = f"of type {kind}" if secret else f"{value!r} ({kind})"
        raise error(f"{name} must be {expected}, but is {found}")
