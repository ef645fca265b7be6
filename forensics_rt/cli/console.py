"""Where commands print what people read: fitted to a terminal, whole in a pipe or a log."""

from __future__ import annotations

from rich.console import Console

# More than any line or table that is printed.
_UNLIMITED = 10_000


def output_console() -> Console:
    """Return a console on standard output that wraps lines and cuts cells on a terminal alone."""
    console = Console()
    if not console.file.isatty():
        console.width = _UNLIMITED
    return console
