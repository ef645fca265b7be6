"""`forensics-rt encrypt`: a copy of a bundle that only the owner of a key can run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.trust.encrypting import encrypted_copy
from forensics_rt.bundle.trust.encryption import read_key_file
from forensics_rt.cli.options import NETWORKS, OUTPUT, option
from forensics_rt.cli.output import output_console


def encrypt(
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE", help="A folder, fast, or default.")],
    out: Annotated[Path, option(OUTPUT, "DIR", "Folder for the copy.", "--out", "-o")],
    key_file: Annotated[
        Path, option(NETWORKS, "FILE", "The key: 64 hexadecimal digits.", "--key-file")
    ],
) -> None:
    """Write an encrypted copy of a bundle.

    Make a key with: openssl rand -hex 32. Sign the copy: a signature of the original does not fit.
    """
    made = encrypted_copy(Bundle.open(bundle), read_key_file(key_file), out)
    record = made.manifest.encryption
    key_id = "" if record is None else record.key_id
    output_console().print(
        f"{made.manifest.name} {made.manifest.version}, id {made.id}: encrypted with key {key_id}",
        markup=False,
    )
