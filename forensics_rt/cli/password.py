"""The password of locked PDFs: from the command line, a file, or the environment."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from forensics_rt.io.names import printable

VARIABLE = "FORENSICS_RT_PASSWORD"


def find_password(given: str | None, file: Path | None) -> str | None:
    """Return the password to be used.

    Args:
        given: That on the command line, which other users of the machine can see there.
        file: A file whose first line it is.

    Returns:
        That of the environment where neither is given; `None` for no password.

    Raises:
        typer.BadParameter: If both are given, or the file cannot be read.
    """
    if given is not None and file is not None:
        raise typer.BadParameter(
            "give one of --password and --password-file", param_hint="--password"
        )
    if file is None:
        return os.environ.get(VARIABLE) if given is None else given
    try:
        return file.read_text("utf-8").split("\n", 1)[0].removesuffix("\r")
    except (OSError, ValueError) as error:
        raise typer.BadParameter(
            f"{printable(file)} cannot be read as text: {error}", param_hint="--password-file"
        ) from error
