"""`forensics-rt keygen`: a pair of keys for signing bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics_rt.bundle.trust.keys import make_keys
from forensics_rt.cli.output import output_console
from forensics_rt.io.names import printable


def keygen(
    name: Annotated[Path, typer.Argument(metavar="NAME", help="What the two files are called.")],
) -> None:
    """Make the keys that sign and verify bundles.

    NAME.key signs: keep it secret. NAME.pub verifies: give it to those who use your bundles.
    """
    public = make_keys(name)
    output_console().print(
        f"key {public.id}: {printable(name)}.key signs, keep it secret; {printable(name)}.pub "
        "verifies",
        markup=False,
    )
