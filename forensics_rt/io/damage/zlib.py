"""Whether deflated data is whole, by its own checksum."""

from __future__ import annotations

import zlib

_PART = 1 << 20


def zlib_complaint(data: bytes, expected: int | None = None) -> str | None:
    """Say what is wrong with zlib data: decoders stop once they have their pixels.

    Args:
        data: The compressed data of a strip, tile or PDF stream.
        expected: How many bytes must come out; `None` where nobody knows it.

    Returns:
        The reason as a phrase; `None` where it is whole, or nothing at all.

    Example:
        >>> zlib_complaint(zlib.compress(b"page"), 4) is None
        True
        >>> zlib_complaint(zlib.compress(b"page")[:-1])
        'the deflated data ends too early'
    """
    if not data:
        return None  # qpdf writes an empty stream so
    inflater, size = zlib.decompressobj(), 0
    try:
        while data and not inflater.eof:
            size += len(inflater.decompress(data, _PART))
            data = inflater.unconsumed_tail
        size += len(inflater.flush())
    except zlib.error as error:
        return f"the deflated data is wrong ({str(error).split(': ')[-1]})"
    if not inflater.eof:
        return "the deflated data ends too early"
    if expected is not None and size < expected:
        return f"the deflated data holds {size} bytes, not {expected}"
    return None
