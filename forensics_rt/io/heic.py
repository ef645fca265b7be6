"""HEIC, the photographs of phones: opened by a plug-in for Pillow that not everybody installs."""

from __future__ import annotations

from forensics_rt.io.optional import load_optional

# Brands of HEIF with HEVC in it; ISO/IEC 23008-12, B.4. AVIF has the same container.
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")


def recognizes(head: bytes) -> bool:
    """Return whether a file that starts with these bytes is HEIC.

    Example:
        >>> recognizes(bytes([0, 0, 0, 16]) + b"ftypheic" + bytes(4))
        True
    """
    brands = head[8 : int.from_bytes(head[:4], "big")]
    return head[4:8] == b"ftyp" and any(brand in brands for brand in _BRANDS)


def register() -> None:
    """Add the plug-in to Pillow.

    Raises:
        OptionalDependency: If package `pi_heif` is missing.
    """
    load_optional("pi_heif", "heic", "a HEIC photograph").register_heif_opener()
