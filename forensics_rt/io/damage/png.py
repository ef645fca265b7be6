"""Whether every chunk of a PNG is whole, by its checksum."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from mmap import mmap

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LAST = b"IEND"


def png_complaint(data: bytes | mmap) -> str | None:
    """Say which chunk of a PNG is broken: decoders stop at the last row, and say only that one is.

    Args:
        data: The file, in memory or mapped into it.

    Returns:
        The reason as a phrase; `None` where all chunks are whole up to the last, or it is no PNG.

    Example:
        >>> png_complaint(PNG_SIGNATURE)
        'the file ends before PNG chunk IEND'
    """
    if data[: len(PNG_SIGNATURE)] != PNG_SIGNATURE:
        return None
    with memoryview(data) as view:
        for place, end in _chunks(data):
            kind = bytes(view[place + 4 : place + 8])
            called = kind.decode("ascii", "backslashreplace")
            if end > len(data):
                return f"the file ends inside PNG chunk {called}"
            checksum = int.from_bytes(view[end - 4 : end], "big")
            if zlib.crc32(view[place + 4 : end - 4]) != checksum:
                return f"the checksum of PNG chunk {called} is wrong"
            if kind == _LAST:
                return None
    return "the file ends before PNG chunk IEND"


def png_with_checksums(data: bytes) -> bytes:
    """Return a PNG with every checksum as its chunk has it; other files as they are.

    Example:
        >>> png_with_checksums(b"no PNG")
        b'no PNG'
    """
    if png_complaint(data) is None:
        return data
    mended = bytearray(data)
    for place, end in _chunks(data):
        if end <= len(data):
            mended[end - 4 : end] = zlib.crc32(data[place + 4 : end - 4]).to_bytes(4, "big")
    return bytes(mended)


def _chunks(data: bytes | mmap) -> Iterator[tuple[int, int]]:
    """Yield where each chunk begins and should end."""
    place = len(PNG_SIGNATURE)
    while place < len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        yield place, end
        place = end
