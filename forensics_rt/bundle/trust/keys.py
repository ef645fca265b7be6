"""Ed25519 keys: made, written and read as PEM, the form that OpenSSL reads and writes."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forensics_rt.errors import BundleUntrusted, OutputError
from forensics_rt.io.names import printable
from forensics_rt.io.optional import load_optional

_ED25519 = "cryptography.hazmat.primitives.asymmetric.ed25519"
_SERIALIZATION = "cryptography.hazmat.primitives.serialization"
_PURPOSE = "signing bundles"
# RFC 8410: what comes before the 32 bytes of the key in the DER of every Ed25519 public key.
_PUBLIC_DER = bytes.fromhex("302a300506032b6570032100")
_LARGEST = 10_000
_KEY_BYTES = 32


@dataclass(frozen=True)
class PublicKey:
    """Checks signatures.

    Attributes:
        raw: 32 bytes.
        id: First 16 hexadecimal digits of their SHA-256: signatures name it.

    Example:
        >>> PublicKey(bytes(32)).id
        '66687aadf862bd77'
    """

    raw: bytes = field(repr=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        """Find the id."""
        object.__setattr__(self, "id", hashlib.sha256(self.raw).hexdigest()[:16])

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the owner of the key signed a message.

        Raises:
            OptionalDependency: If package `cryptography` is missing.
        """
        key = load_optional(_ED25519, "trust", _PURPOSE).Ed25519PublicKey
        # Its errors are a class of the package and, for lengths, ValueError.
        try:
            key.from_public_bytes(self.raw).verify(signature, message)
        except Exception as error:
            if type(error).__name__ in ("InvalidSignature", "ValueError"):
                return False
            raise
        return True


def read_keys(places: Iterable[str | Path]) -> tuple[PublicKey, ...]:
    """Read public keys: each place is a file, or a folder whose `*.pub` are taken.

    Raises:
        BundleUntrusted: If a file cannot be read or is no Ed25519 public key, or a folder has none.
    """
    files: list[Path] = []
    for place in map(Path, places):
        found = sorted(place.glob("*.pub")) if place.is_dir() else [place]
        if not found:
            raise BundleUntrusted(f"{printable(place)}: must hold public keys, but has no *.pub")
        files += found
    return tuple(map(_read_public, files))


def make_keys(name: Path) -> PublicKey:
    """Make a pair of keys: `NAME.key`, which signs and is for its owner alone, and `NAME.pub`.

    Raises:
        OutputError: If one of the files exists or cannot be written.
        OptionalDependency: If package `cryptography` is missing.
    """
    ed25519, serialization = (load_optional(one, "trust", _PURPOSE) for one in _MODULES)
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = public_of(key)
    text = base64.b64encode(_PUBLIC_DER + public.raw).decode()
    write_new(Path(f"{name}.key"), pem, 0o600)
    written = f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"
    write_new(Path(f"{name}.pub"), written.encode(), 0o644)
    return public


def read_private(file: Path) -> Any:
    """Read the key that signs.

    Raises:
        BundleUntrusted: If it cannot be read or is no Ed25519 private key without a password.
        OptionalDependency: If package `cryptography` is missing.
    """
    ed25519, serialization = (load_optional(one, "trust", _PURPOSE) for one in _MODULES)
    try:
        key = serialization.load_pem_private_key(_read(file), password=None)
    except (ValueError, TypeError) as error:
        raise BundleUntrusted(
            f"{printable(file)}: must be a private key as `forensics-rt keygen` writes it: {error}"
        ) from error
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise BundleUntrusted(f"{printable(file)}: must be an Ed25519 key, but is another kind")
    return key


def public_of(private: Any) -> PublicKey:
    """Return the public key of a private one."""
    return PublicKey(private.public_key().public_bytes_raw())


def write_new(file: Path, data: bytes, mode: int) -> None:
    """Write a file that must not be there yet.

    Raises:
        OutputError: If it is, or cannot be written.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
    except FileExistsError:
        raise OutputError(f"{printable(file)}: exists already; name another") from None
    except OSError as error:
        raise OutputError(f"{printable(file)}: cannot be written: {error.strerror}") from error


_MODULES = (_ED25519, _SERIALIZATION)


def _read_public(file: Path) -> PublicKey:
    # By hand: the package takes longer to import its readers than to check a signature.
    lines = _read(file).decode("ascii", "replace").split()
    body = "".join(lines[3:-3]) if lines[:3] == ["-----BEGIN", "PUBLIC", "KEY-----"] else ""
    try:
        der = base64.b64decode(body, validate=True)
    except ValueError:  # no Base64, or no ASCII
        der = b""
    if not der.startswith(_PUBLIC_DER) or len(der) != len(_PUBLIC_DER) + _KEY_BYTES:
        raise BundleUntrusted(
            f"{printable(file)}: must be an Ed25519 public key in PEM, as `forensics-rt keygen` "
            "writes it, but is not"
        )
    return PublicKey(der[len(_PUBLIC_DER) :])


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise BundleUntrusted(f"{printable(file)}: the key cannot be read: {reason}") from error
