"""Whether a JPEG can be decoded row by row, or only once all of its scans are read."""

from __future__ import annotations

from typing import BinaryIO

_START_OF_SCAN = 0xDA
# Progressive, by Huffman and arithmetic coding, plain and differential (ITU-T T.81, table B.1).
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_NOT_FRAMES = {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}


def decodes_row_by_row(stream: BinaryIO) -> bool:
    """Say whether one scan holds all the components of a JPEG.

    Where it does not, in progressive files above all, a decoder holds the coefficients of the whole
    image until the last scan is read.

    Args:
        stream: A JPEG file, open for reading; its position is moved.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> stream = io.BytesIO()
        >>> Image.new("RGB", (64, 64)).save(stream, "JPEG", progressive=True)
        >>> decodes_row_by_row(stream)
        False
    """
    stream.seek(2)
    components = 0
    while len(marker := stream.read(2)) == 2:
        while marker[1] == 0xFF:  # fill bytes
            marker = b"\xff" + stream.read(1)
        kind = marker[1]
        if kind in _ALONE:
            continue
        length = int.from_bytes(stream.read(2), "big")
        body = stream.read(max(length - 2, 0))
        if kind == _START_OF_SCAN:
            return components == body[0]
        if 0xC0 <= kind <= 0xCF and kind not in _NOT_FRAMES:
            components = 0 if kind in _PROGRESSIVE else body[5]
    return True
