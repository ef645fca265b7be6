"""What stands before the pixels of a JPEG: their depth, and whether they come row by row.

Markers are those of ITU-T T.81, table B.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap

# Markers that begin a frame; progressive are those by Huffman and arithmetic coding, plain and
# differential.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_ALONE = {0x01, *range(0xD0, 0xD9)}
_END, _START_OF_SCAN = 0xD9, 0xDA
_FRAME_HEAD = 6  # bytes: depth, height, width, number of components


def jpeg_depth(data: bytes | mmap) -> int | None:
    """Return how many bits a sample of a JPEG has, of which most decoders read only 8.

    Returns:
        `None` where no frame begins before the pixels.
    """
    return next((head[0] for kind, head in _segments(data) if kind in _FRAMES), None)


def decodes_row_by_row(data: bytes | mmap) -> bool:
    """Say whether one scan holds all the components of a JPEG.

    Where it does not, in progressive files above all, a decoder holds the coefficients of the whole
    image until the last scan is read.
    """
    components = 0
    for kind, head in _segments(data):
        if kind in _FRAMES:
            # A frame that the file ends in tells no number.
            components = 0 if kind in _PROGRESSIVE or len(head) < _FRAME_HEAD else head[5]
        elif kind == _START_OF_SCAN:
            return components == head[0]
    return True


def _segments(data: bytes | mmap) -> Iterator[tuple[int, bytes]]:
    """Yield the marker and one to six bytes of each segment, up to the first scan."""
    place, kind = 2, 0
    while place + 4 < len(data) and data[place] == 0xFF and kind not in (_END, _START_OF_SCAN):
        kind = data[place + 1]
        if kind == 0xFF:  # a fill byte
            place += 1
        elif kind in _ALONE:
            place += 2
        else:
            yield kind, data[place + 4 : place + 4 + _FRAME_HEAD]
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
