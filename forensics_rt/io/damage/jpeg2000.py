"""Whether the boxes, markers and tile-parts of a JPEG 2000 fill its file exactly."""

from __future__ import annotations

from forensics_rt.io.damage.boxes import box_complaint, boxes

_CODESTREAM = b"\xff\x4f\xff\x51"
_START_OF_TILE, _END = b"\xff\x90", b"\xff\xd9"
_CODESTREAM_BOX = b"jp2c"


def jpeg2000_complaint(data: bytes) -> str | None:
    """Say what is missing in a JPEG 2000: OpenJPEG decodes what is there, and Pillow is silent.

    The compressed data itself has no checksum: a changed byte in it decodes to other pixels.

    Args:
        data: A JP2 file, a codestream, or the stream of an image in a PDF.

    Returns:
        The reason as a phrase; `None` where its structure is whole.

    Example:
        >>> jpeg2000_complaint(b"")
        'it contains no JPEG 2000 codestream'
    """
    codestream = data
    if not data.startswith(_CODESTREAM):
        reason = box_complaint(data)
        if reason is not None:
            return reason
        held = (data[begin:end] for kind, begin, end in boxes(data) if kind == _CODESTREAM_BOX)
        codestream = next(held, b"")
    if not codestream.startswith(_CODESTREAM):
        return "it contains no JPEG 2000 codestream"
    return _codestream_complaint(codestream)


def _codestream_complaint(data: bytes) -> str | None:
    place = 2
    while data[place : place + 2] != _START_OF_TILE:
        if data[place : place + 1] != b"\xff" or place + 4 > len(data):
            return "the header of the JPEG 2000 codestream is damaged"
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    number = 0
    while data[place : place + 2] == _START_OF_TILE:
        number += 1
        length = int.from_bytes(data[place + 6 : place + 10], "big")
        # A length of 0 reaches to the end of the codestream.
        following = place + length if length else len(data) - 2
        if following + 2 > len(data):
            return f"the file ends inside tile-part {number} of the JPEG 2000"
        place = following
    if data[place : place + 2] != _END:
        return f"no marker follows tile-part {number} of the JPEG 2000"
    return None
