"""The boxes of JP2, AVIF and HEIF files, and the chunks of WebP: whether they fill the file."""

from __future__ import annotations

from collections.abc import Iterator

_LARGE, _TO_THE_END = 1, 0


def boxes(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the type and the body of each box; the body of one cut off is what is there."""
    view, place = memoryview(data), 0
    while place + 8 <= len(data):
        begin, end = _extent(view, place)
        yield bytes(view[place + 4 : place + 8]), view[begin:end]
        place = end


def box_complaint(data: bytes) -> str | None:
    """Say whether a file of boxes ends inside one.

    Example:
        >>> box_complaint(bytes([0, 0, 0, 16]) + b"free")
        "the file ends inside box 'free'"
    """
    view, place = memoryview(data), 0
    while place + 8 <= len(data):
        begin, end = _extent(view, place)
        called = bytes(view[place + 4 : place + 8]).decode("ascii", "backslashreplace")
        if end < begin:
            return f"the length of box {called!r} is wrong"
        if end > len(data):
            return f"the file ends inside box {called!r}"
        place = end
    return None if place == len(data) else "the file ends inside the header of a box"


def _extent(view: memoryview, place: int) -> tuple[int, int]:
    length = int.from_bytes(view[place : place + 4], "big")
    if length == _TO_THE_END:
        return place + 8, len(view)
    if length == _LARGE:
        return place + 16, place + int.from_bytes(view[place + 8 : place + 16], "big")
    return place + 8, place + length


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
