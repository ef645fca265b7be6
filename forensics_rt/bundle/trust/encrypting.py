"""The encrypted copy of a bundle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from forensics_rt.bundle.copying import refuse_taken, staged, unsigned, write_manifest
from forensics_rt.bundle.manifest import EncryptionRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.trust.encryption import FileCipher
from forensics_rt.errors import BundleError, OutputError


def encrypted_copy(bundle: Bundle, key: bytes, out: Path) -> Bundle:
    """Write a copy of a bundle whose files are encrypted; its manifest can be read by all.

    The copy appears whole or not at all, and is not signed.

    Args:
        bundle: Not encrypted yet.
        key: 32 bytes.
        out: The folder, which must not exist.

    Raises:
        BundleError: If it is encrypted already, or the key has another length.
        BundleAltered: If a file changed since it was opened.
        OutputError: If `out` exists or cannot be written.
    """
    if bundle.encrypted:
        raise BundleError(f"{bundle.path}: is encrypted already; encrypt the bundle it came from")
    cipher = FileCipher(key)
    record = EncryptionRecord(key_id=cipher.key_id)
    manifest = bundle.manifest.model_copy(update={"encryption": record})
    trust = replace(unsigned(bundle.trust), bundle_key=key)
    refuse_taken(out)
    try:
        with staged(out) as folder:
            for file in manifest.files():
                place = folder / file.path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(cipher.encrypt(bundle.read(file), file.path))
            write_manifest(folder, manifest, trust)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from error
    return Bundle.open(out, trust=trust)
