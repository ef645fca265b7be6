"""Whether PackBits data gives exactly the bytes that it should."""

from __future__ import annotations

_NOTHING = 128


def packbits_complaint(data: bytes, expected: int) -> str | None:
    """Say what is wrong with PackBits data: libtiff cuts off or leaves what does not fit.

    Args:
        data: The compressed data of a strip or tile.
        expected: How many bytes must come out.

    Returns:
        The reason as a phrase; `None` where as many bytes come out and no more than filling is
        left.

    Example:
        >>> packbits_complaint(bytes([254, 7]), 2)
        'the PackBits data holds 3 bytes, not 2'
    """
    place, size, end = 0, 0, len(data)
    while place < end and size < expected:
        head = data[place]
        if head < _NOTHING:
            place += head + 2
            size += head + 1
        elif head > _NOTHING:
            place += 2
            size += 257 - head
        else:
            place += 1
    if place > end or size < expected:
        return f"the PackBits data ends after {size} of {expected} bytes"
    if size > expected:
        return f"the PackBits data holds {size} bytes, not {expected}"
    if data[place:].strip(b"\0\x80"):
        return f"the PackBits data continues for {end - place} bytes after its last row"
    return None
