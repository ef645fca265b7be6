"""`forensics-rt sign`: vouch for a bundle with a key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from forensics_rt.bundle.manifest import MANIFEST_FILE
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.trust.environment import policy_of
from forensics_rt.bundle.trust.keys import public_of, read_private
from forensics_rt.bundle.trust.signature import read_signatures, sign_manifest
from forensics_rt.cli.options import NETWORKS, option
from forensics_rt.cli.output import output_console


def sign(
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE", help="A folder.")],
    key: Annotated[
        Path, option(NETWORKS, "FILE", "Private key of `forensics-rt keygen`.", "--key")
    ],
) -> None:
    """Sign a bundle.

    Every hash is checked first. To add a signature by another key, run the command again.
    """
    public = public_of(read_private(key))
    policy = replace(policy_of(), require_signature=False, keys=())
    opened = Bundle.open(bundle, trust=policy)
    manifest = (opened.path / MANIFEST_FILE).read_bytes()
    sign_manifest(opened.path, manifest, key)
    # What was signed is what was checked, and is found to be signed.
    trusted = replace(policy, require_signature=True, keys=(public,))
    again = Bundle.open(opened.path, trust=trusted, hashes=False)
    output_console().print(
        f"{again.manifest.name} {again.manifest.version}, id {again.id}: signed by key {public.id}",
        markup=False,
    )


def signed_in_words(bundle: Bundle) -> str:
    """Say who signed a bundle, as far as can be told."""
    if bundle.signer is not None:
        return f"signed by key {bundle.signer}, which is trusted"
    signatures = read_signatures(bundle.path)
    if signatures is None or not signatures.signatures:
        return "not signed"
    named = ", ".join(one.key_id for one in signatures.signatures)
    return f"names key {named}: not checked, as that key is not among the trusted"
