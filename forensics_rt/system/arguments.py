"""Checks of what callers give: the message names the argument, what was found and expected."""

from __future__ import annotations

from numbers import Integral


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
