"""Commands of which only the one that runs is imported: the others would make its start longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from forensics_rt.cli.plain_help import PlainCommand, PlainGroup
from forensics_rt.cli.quick_start import quick_start

# In the order in which `--help` lists them; each with its module and its function.
_COMMANDS = {
    "detect": ("detect", "detect"),
    "detect-large": ("detect_large", "detect_large_image"),
    "calibrate": ("calibrate", "calibrate"),
    "bench": ("bench", "bench"),
    "doctor": ("doctor", "doctor"),
    "encrypt": ("encrypt", "encrypt"),
    "inspect": ("inspect", "inspect"),
    "keygen": ("keygen", "keygen"),
    "bundle": ("bundle", "bundle"),
    "native": ("native", "native"),
    "serve": ("serve", "serve"),
    "sign": ("sign", "sign"),
    "triton": ("triton", "triton"),
    "verify": ("verify", "verify"),
}


class LazyCommands(PlainGroup):
    """The command that has the others."""

    def __init__(self, **settings: Any) -> None:
        """Import nothing yet."""
        super().__init__(**{**settings, "commands": _Commands()})


class _Commands(Mapping[str, Any]):
    """The commands by name, each made when it is asked for."""

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)

    def __getitem__(self, name: str) -> Any:
        return _command(*_COMMANDS[name], name)


@cache
def _command(module: str, function: str, name: str) -> Any:
    one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    with quick_start():
        run = getattr(import_module(f"forensics_rt.cli.{module}"), function)
        if isinstance(run, typer.Typer):  # one with commands of its own
            return get_command(run)
        one.command(name, cls=PlainCommand)(run)
        return get_command(one)
