"""The token of the service: from a file, or the environment."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from forensics_rt.io.names import printable

VARIABLE = "FORENSICS_RT_TOKEN"
_SHORTEST = 16


def find_token(file: Path | None) -> str | None:
    """Return the token that requests must bring.

    Args:
        file: A file whose first line it is.

    Returns:
        That of the environment where no file is given; `None` for no token.

    Raises:
        typer.BadParameter: If the file cannot be read, or the token is short or has other
            characters than those that a header takes.
    """
    if file is None:
        token, source = os.environ.get(VARIABLE), f"${VARIABLE}"
        if token is None:
            return None
    else:
        source = printable(file)
        try:
            token = file.read_text("utf-8").split("\n", 1)[0].strip()
        except (OSError, ValueError) as error:
            raise typer.BadParameter(
                f"{source} cannot be read as text: {error}", param_hint="--token-file"
            ) from error
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise typer.BadParameter(
            f"{source} must hold {_SHORTEST} or more ASCII characters without spaces, but has "
            f"{len(token)}; make one with: openssl rand -hex 32",
            param_hint="--token-file",
        )
    return token
