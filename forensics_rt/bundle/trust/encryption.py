"""Files of a bundle in AES-256-GCM: decrypted in memory, never to a disk."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from forensics_rt.bundle.trust.policy import KeyHook
from forensics_rt.errors import BundleAltered, BundleUntrusted
from forensics_rt.io.names import printable
from forensics_rt.io.optional import load_optional

KEY_BYTES = 32
_NONCE, _TAG = 12, 16
OVERHEAD = _NONCE + _TAG
"""By how many bytes a file grows: a random number before it, and a tag that vouches for it."""
_LARGEST_KEY_FILE = 1000


class FileCipher:
    """Encrypts and decrypts the files of a bundle with one key.

    Args:
        key: 32 bytes.

    Raises:
        BundleUntrusted: If it has another length.
        OptionalDependency: If package `cryptography` is missing.
    """

    def __init__(self, key: bytes) -> None:
        """Load the cipher."""
        if not isinstance(key, bytes) or len(key) != KEY_BYTES:
            found = f"{len(key)} bytes" if isinstance(key, bytes) else repr(type(key).__name__)
            raise BundleUntrusted(f"the key of a bundle must have {KEY_BYTES} bytes, got {found}")
        module = load_optional(
            "cryptography.hazmat.primitives.ciphers.aead", "trust", "an encrypted bundle"
        )
        self._aes: Any = module.AESGCM(key)
        self.key_id = key_id_of(key)

    def encrypt(self, data: bytes, path: str) -> bytes:
        """Return what is stored of a file.

        Args:
            data: Its bytes.
            path: In the bundle: the file cannot take the place of another.
        """
        nonce = os.urandom(_NONCE)
        return nonce + bytes(self._aes.encrypt(nonce, data, path.encode()))

    def decrypt(self, stored: bytes, path: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            BundleAltered: If it is not what the owner of the key wrote for this path.
        """
        try:
            plain = self._aes.decrypt(stored[:_NONCE], stored[_NONCE:], path.encode())
        except Exception as error:  # InvalidTag is the package's own, ValueError is for lengths
            if type(error).__name__ not in ("InvalidTag", "ValueError"):
                raise
            raise BundleAltered(
                f"{path}: cannot be decrypted: it was altered, cut off, or moved from another "
                "place; copy the bundle again from where it came"
            ) from None
        return bytes(plain)


def key_id_of(key: bytes) -> str:
    """Return 16 hexadecimal digits by which a key is named, and from which it cannot be found."""
    return hashlib.sha256(b"forensics_rt bundle key 1\n" + key).hexdigest()[:16]


def open_cipher(key_id: str, hook: KeyHook | None, place: object) -> FileCipher:
    """Return the cipher of an encrypted bundle.

    Args:
        key_id: Which key the manifest names.
        hook: Where the key comes from.
        place: What to call the bundle in errors.

    Raises:
        BundleUntrusted: If there is no key, or it is another one.
    """
    if hook is None:
        raise BundleUntrusted(
            f"{place}: the bundle is encrypted with key {key_id}, and no key was given; set "
            "FORENSICS_RT_BUNDLE_KEY_FILE or `TrustPolicy(bundle_key=...)`"
        )
    if isinstance(hook, Path):
        key = read_key_file(hook)
    else:
        key = hook if isinstance(hook, bytes) else hook(key_id)
    cipher = FileCipher(key)
    if cipher.key_id != key_id:
        raise BundleUntrusted(
            f"{place}: the bundle is encrypted with key {key_id}, but the key that was given is "
            f"{cipher.key_id}"
        )
    return cipher


def read_key_file(file: Path) -> bytes:
    """Read a key of 64 hexadecimal digits, as `openssl rand -hex 32` makes it.

    Raises:
        BundleUntrusted: If it cannot be read or has another form.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST_KEY_FILE)
        return bytes.fromhex(text.decode("ascii").strip())
    except OSError as error:
        raise BundleUntrusted(
            f"{printable(file)}: the key cannot be read: {error.strerror}"
        ) from error
    except ValueError:
        raise BundleUntrusted(
            f"{printable(file)}: must hold 64 hexadecimal digits; make a key with: "
            "openssl rand -hex 32"
        ) from None
