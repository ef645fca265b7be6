"""Whether LZW data of a TIFF or PDF gives exactly the bytes that it should."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_CLEAR, _END, _FIRST, _TABLE = 256, 257, 258, 4096
_SHORTEST, _LONGEST = 9, 12
# Data of before 1989, lowest bit first, begins so; ours begins with a clear code, 0x80.
_OLD_STYLE = b"\0"

Codes = npt.NDArray[np.int32]


def lzw_complaint(data: bytes, expected: int, early_change: int = 1) -> str | None:
    """Say what is wrong with LZW data, without decoding it.

    Which bits are a code follows from how many codes came before it, and how many bytes it stands
    for from the length of an earlier one.

    Args:
        data: The compressed data of a strip, tile or PDF stream.
        expected: How many bytes must come out.
        early_change: By how many codes the width grows too early; 1 in TIFF, in PDF as it says.

    Returns:
        The reason as a phrase; `None` where every code exists, and as many bytes come out.

    Example:
        >>> lzw_complaint(bytes.fromhex("80106020"), 2)
        'the LZW data holds 1 bytes, not 2'
    """
    if data.startswith(_OLD_STYLE):
        return None
    octets = np.frombuffer(data + bytes(3), np.uint8).astype(np.int32)
    widths = _widths(early_change)
    starts = np.concatenate([[0], np.cumsum(widths)]).astype(np.int32)
    place, size, end = 0, 0, 8 * len(data)
    while True:
        there = int(np.searchsorted(starts[1:], end - place, "right"))
        codes = _codes(octets, starts[:there] + np.int32(place), widths[:there])
        marks = np.flatnonzero((codes == _CLEAR) | (codes == _END))
        count = int(marks[0]) if len(marks) else there
        if _has_unknown(codes[:count]):
            return "the LZW data holds a code that does not exist"
        size += _bytes_of(codes[:count])
        if len(marks) and codes[count] == _CLEAR:
            place += int(starts[count + 1])
        elif len(marks) or size >= expected:
            break
        elif there == len(widths):
            return "the LZW data holds more codes than an LZW table can"
        else:
            return f"the LZW data ends after {size} of {expected} bytes"
    return None if size == expected else f"the LZW data holds {size} bytes, not {expected}"


def _widths(early_change: int) -> Codes:
    # When a code is read, the code before it has not yet become an entry of the table.
    read = np.arange(_TABLE - _FIRST + 1, dtype=np.int32)
    entries = _FIRST + np.maximum(read - 1, 0) + early_change
    grown = [entries >= 1 << bits for bits in range(_SHORTEST, _LONGEST)]
    return _SHORTEST + np.sum(grown, axis=0, dtype=np.int32)


def _codes(octets: Codes, places: Codes, widths: Codes) -> Codes:
    first = places >> 3
    three = octets[first] << 16 | octets[first + 1] << 8 | octets[first + 2]
    codes: Codes = three >> (24 - (places & 7) - widths) & ((1 << widths) - 1)
    return codes


def _has_unknown(codes: Codes) -> bool:
    newest = np.arange(_FIRST - 1, _FIRST - 1 + len(codes), dtype=np.int32)
    newest[:1] = _CLEAR - 1
    return bool((codes > newest).any())


def _bytes_of(codes: Codes) -> int:
    """Add up how many bytes the codes after a clear code stand for."""
    none = len(codes)
    # A code beyond the table's start stands for what an earlier one does, and a byte more.
    earlier = np.append(np.where(codes >= _FIRST, codes - _FIRST, none), none)
    lengths = np.append(np.ones(none, np.int32), 0)
    while (earlier < none).any():
        lengths = lengths + lengths[earlier]
        earlier = earlier[earlier]
    return int(lengths.sum())
