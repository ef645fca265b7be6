"""`--isolate`: files are opened in child processes alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from forensics_rt.io.isolated.pool import DecoderPool


def refuse_isolated(asked: Mapping[str, bool]) -> None:
    """Refuse what opens files in this process.

    Args:
        asked: Whether an option is asked for, by its name.

    Raises:
        typer.BadParameter: If one is.
    """
    for name, is_asked in asked.items():
        if is_asked:
            raise typer.BadParameter(
                "opens files in this process, which --isolate is to prevent; leave one out",
                param_hint=name,
            )


def open_decoders(decoders: int | None) -> DecoderPool:
    """Start the processes, as many as images are decoded at a time.

    Raises:
        OptionalDependency: If this system cannot hand memory from process to process.
    """
    from forensics_rt.inference.ahead import Ahead
    from forensics_rt.io.isolated.pool import DecoderPool

    return DecoderPool(Ahead.resolve(decoders).decoders)
