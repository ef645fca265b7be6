"""The boxes of JP2, AVIF and HEIF files, and the chunks of WebP: whether they fill the file."""

from __future__ import annotations

from collections.abc import Iterator

_LARGE, _TO_THE_END = 1, 0


def boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, begin and end of the body of each box; of one cut off, the end it should have."""
    begin, end = 0, 0
    while begin <= end <= len(data) - 8:
        kind, length = data[end + 4 : end + 8], int.from_bytes(data[end : end + 4], "big")
        place, begin = end, end + 8
        if length == _LARGE:
            begin, length = end + 16, int.from_bytes(data[end + 8 : end + 16], "big")
        end = place + length if length != _TO_THE_END else len(data)
        yield kind, begin, end


def box_complaint(data: bytes) -> str | None:
    """Say whether a file of boxes ends inside one.

    Example:
        >>> box_complaint(bytes([0, 0, 0, 16]) + b"free")
        "the file ends inside box 'free'"
    """
    end = 0
    for kind, begin, end in boxes(data):
        called = kind.decode("ascii", "backslashreplace")
        if end < begin:
            return f"the length of box {called!r} is wrong"
        if end > len(data):
            return f"the file ends inside box {called!r}"
    return None if end == len(data) else "the file ends inside the header of a box"


def chunk_complaint(data: bytes) -> str | None:
    """Say whether a WebP ends inside one of its chunks, or before or after its own length.

    Example:
        >>> chunk_complaint(b"RIFF" + bytes([8, 0, 0, 0]) + b"WEBP")
        'the file holds 12 of 16 bytes'
    """
    length = 8 + int.from_bytes(data[4:8], "little")
    if len(data) < length:
        return f"the file holds {len(data)} of {length} bytes"
    place = 12
    while place + 8 <= length:
        called = data[place : place + 4].decode("ascii", "backslashreplace")
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + size + size % 2
        if place > length + 1:
            return f"the file ends inside chunk {called!r}"
    return None if place >= length else "the file ends inside the header of a chunk"
