"""Checks of numbers that a user has set; each message names the number and what was found."""

from __future__ import annotations


def check_least(section: str, config: object, least: float, *names: str) -> None:
    """Refuse fields below a number.

    Args:
        section: What stands before the names in messages, such as `run`.
        config: What has the fields.
        least: The lowest number that is allowed.
        names: The fields.

    Raises:
        ValueError: If one of them is lower, or not a number.
    """
    for name in names:
        value = getattr(config, name)
        if not value >= least:
            raise ValueError(f"{section}.{name} must be at least {least}, but is {value}")


def check_positive(section: str, config: object, *names: str) -> None:
    """Refuse fields that are not above zero; arguments and error are those of `check_least`."""
    for name in names:
        value = getattr(config, name)
        if not value > 0:
            raise ValueError(f"{section}.{name} must be above 0, but is {value}")


def check_share(section: str, config: object, *names: str) -> None:
    """Refuse fields outside 0 to 1; arguments and error are those of `check_least`."""
    for name in names:
        value = getattr(config, name)
        if not 0 <= value <= 1:
            raise ValueError(f"{section}.{name} must be 0 to 1, but is {value}")


def check_counts(options: object, *names: str) -> None:
    """Refuse options of a command line below 1.

    Raises:
        ValueError: If one of them is.
    """
    for name in names:
        value = getattr(options, name)
        if value < 1:
            raise ValueError(f"--{name} must be at least 1, but is {value}")
