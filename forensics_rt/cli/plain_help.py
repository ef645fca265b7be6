"""Commands whose `--help` shows no type beside itself: it takes no value."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

# The metavar of an option without a value.
FLAG = " "


class PlainCommand(TyperCommand):
    """A command of the command line."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option `--help`."""
        return _without_type(super().get_help_option(ctx))


class PlainGroup(TyperGroup):
    """The command that has the others."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option `--help`."""
        return _without_type(super().get_help_option(ctx))


def _without_type(option: Any) -> Any:
    if option is not None:
        option.metavar = FLAG
    return option
