"""The segments of a JPEG file, from its first byte to the last (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

START, END, SCAN = 0xD8, 0xD9, 0xDA
_ALONE = {0x01, *range(0xD0, 0xD9)}
# What ends the coded data of a scan: a marker that is neither a stuffed byte nor a restart.
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_MOST_SEGMENTS = 10_000


@dataclass(frozen=True)
class Segment:
    """One segment.

    Attributes:
        marker: Its second byte, such as 0xDB for quantization tables.
        start: Where its body starts in the file.
        body: The bytes after its length.
    """

    marker: int
    start: int
    body: bytes


def is_jpeg(data: bytes) -> bool:
    """Tell a JPEG by its first bytes.

    Example:
        >>> is_jpeg(bytes.fromhex("ffd8ffe0")), is_jpeg(b"%PDF")
        (True, False)
    """
    return data[:3] == b"\xff\xd8\xff"


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments of a JPEG; of a damaged one, those up to the damage.

    The last one is the end marker, without a body, where there is one.

    Args:
        data: The file.
    """
    place = 2
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.match(data, place) or _MARKER.search(data, place)
        if found is None:
            return
        marker, place = found[1][0], found.end()
        if marker == END:
            yield Segment(END, place, b"")
            return
        if marker in _ALONE:
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        if length < 2 or place + length > len(data):
            return
        yield Segment(marker, place + 2, data[place + 2 : place + length])
        place += length
