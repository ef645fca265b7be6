"""How deep the channels of a file are where Pillow decodes it to 8 bits without a word."""

from __future__ import annotations

# Start of a JPEG 2000 codestream and its image size; ISO/IEC 15444-1, A.4.1 and A.5.1.
_CODESTREAM = b"\xff\x4f\xff\x51"
_TO_FIRST_DEPTH = 42
# Box of an AV1 decoder's settings; AV1 Codec ISO Media File Format Binding, 2.3.3.
_AV1_SETTINGS = b"av1C"
_TO_AV1_FLAGS, _HIGH_DEPTH, _TWELVE_BITS = 6, 0x40, 0x20


def bits_per_channel(data: bytes, kind: str | None) -> int:
    """Return how many bits a channel of a JPEG 2000 or AVIF has; 8 for every other kind.

    Args:
        data: The encoded file.
        kind: Its format, as Pillow names it.

    Example:
        >>> bits_per_channel(b"", "JPEG")
        8
    """
    if kind == "JPEG2000":
        place = data.find(_CODESTREAM) + _TO_FIRST_DEPTH
        return (data[place] & 0x7F) + 1
    if kind == "AVIF":
        flags = data[data.find(_AV1_SETTINGS) + _TO_AV1_FLAGS]
        return (12 if flags & _TWELVE_BITS else 10) if flags & _HIGH_DEPTH else 8
    return 8
