"""Signatures over a manifest, in a file beside it.

A manifest holds the SHA-256 of every file of the bundle, so who signs it signs them all.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forensics_rt.bundle.trust.keys import PublicKey, public_of, read_private
from forensics_rt.errors import BundleUntrusted
from forensics_rt.io.names import printable
from forensics_rt.io.writers import write_atomically

SIGNATURE_FILE = "manifest.sig.json"
_LARGEST = 100_000
# So that a signature for another purpose with the same key is none of a manifest.
_PURPOSE = b"forensics_rt bundle manifest 1\n"
_MOST = 16


class SignatureRecord(BaseModel):
    """One signature: the id of the key, and 64 bytes in base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    algorithm: Literal["Ed25519"] = "Ed25519"
    signature: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]


class Signatures(BaseModel):
    """What `manifest.sig.json` holds: several keys may sign, so that one can follow another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    signatures: Annotated[tuple[SignatureRecord, ...], Field(max_length=_MOST)]


def signer_of(manifest: bytes, folder: Path, keys: Sequence[PublicKey]) -> PublicKey | None:
    """Return the key of those trusted that signed a manifest; `None` where none of them did.

    Args:
        manifest: Its bytes.
        folder: Where the signatures lie.
        keys: Those that are trusted; without any, nothing is read.

    Raises:
        BundleUntrusted: If the file of signatures is malformed, or a signature that names one of
            the keys is not of this manifest.
    """
    signatures = read_signatures(folder) if keys else None
    if signatures is None:
        return None
    known = {key.id: key for key in keys}
    signers = []
    for record in signatures.signatures:
        key = known.get(record.key_id)
        if key is None:
            continue
        signature = base64.b64decode(record.signature)
        one_spelling = base64.b64encode(signature).decode() == record.signature
        if not one_spelling or not key.signed(_PURPOSE + manifest, signature):
            raise BundleUntrusted(
                f"{printable(folder)}: the signature by key {key.id} is not of this manifest: the "
                "bundle was altered after it was signed. Copy it again from where it came"
            )
        signers.append(key)
    return signers[0] if signers else None


def read_signatures(folder: Path) -> Signatures | None:
    """Read the file of signatures; `None` where there is none.

    Raises:
        BundleUntrusted: If it is malformed or cannot be read.
    """
    file = folder / SIGNATURE_FILE
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LARGEST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BundleUntrusted(f"{printable(file)}: cannot be read: {error.strerror}") from error
    try:
        return Signatures.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BundleUntrusted(
            f"{printable(file)}: must hold signatures as `forensics-rt sign` writes them, but "
            f"does not: {first['msg']}"
        ) from error


def sign_manifest(folder: Path, manifest: bytes, key_file: Path) -> PublicKey:
    """Add a signature to a bundle, in place of an earlier one by the same key; others stay.

    Args:
        folder: Of the bundle.
        manifest: The bytes of its `manifest.json`.
        key_file: The private key.

    Raises:
        BundleUntrusted: If the key or the earlier signatures cannot be read.
        OutputError: If the file cannot be written.
    """
    private = read_private(key_file)
    public = public_of(private)
    signed = base64.b64encode(private.sign(_PURPOSE + manifest)).decode()
    mine = SignatureRecord(key_id=public.id, signature=signed)
    before = read_signatures(folder)
    others = () if before is None else before.signatures
    kept = [one for one in others if one.key_id != public.id]
    if len(kept) >= _MOST:
        raise BundleUntrusted(f"{folder}: has {len(kept)} signatures, and may have {_MOST}")
    text = Signatures(signatures=(*kept, mine)).model_dump_json(indent=2) + "\n"
    write_atomically(folder / SIGNATURE_FILE, text.encode())
    return public
