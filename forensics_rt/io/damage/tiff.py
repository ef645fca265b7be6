"""What is wrong with the strips or tiles of a TIFF page, of which Pillow says nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL.ExifTags import Base as Tag

from forensics_rt.io.damage import (
    fax_complaint,
    jpeg_complaint,
    lzw_complaint,
    packbits_complaint,
    zlib_complaint,
)

_FAX_ROWS, _GROUP_3, _GROUP_4, _LZW, _JPEG, _PACKBITS = 2, 3, 4, 5, 7, 32773
_DEFLATE = (8, 32946)
_TWO_DIMENSIONS, _UNCOMPRESSED_MODE = 1, 2
_SEPARATE, _LOWEST_BIT_FIRST, _YCBCR = 2, 2, 6


@dataclass(frozen=True, slots=True)
class _Segment:
    """A strip or tile: where it lies, and what comes out of it."""

    called: str
    offset: int
    size: int
    width: int
    rows: int


def tiff_complaint(stream: BinaryIO, tags: Mapping[int, Any]) -> str | None:
    """Say which strip or tile of a page is damaged, and how.

    Fax, LZW, deflated, packed and JPEG data is looked through; of other kinds only where it lies.

    Args:
        stream: The file; its place is moved.
        tags: Of the page, as Pillow has them (`tag_v2`).

    Returns:
        The reason as a phrase; `None` where nothing is wrong.

    Raises:
        Exception: Whatever comes of tags that hold anything but numbers.
    """
    end = stream.seek(0, os.SEEK_END)
    if (Tag.TileByteCounts if Tag.TileOffsets in tags else Tag.StripByteCounts) not in tags:
        return "the directory does not say how long the compressed data is"
    for segment in _segments(tags):
        if segment.size == 0:
            return f"{segment.called} is empty"
        if segment.offset + segment.size > end:
            return f"{segment.called} goes beyond the end of the file"
        stream.seek(segment.offset)
        reason = _data_complaint(stream.read(segment.size), segment, tags)
        if reason is not None:
            return f"{segment.called}: {reason}"
    return None


def _segments(tags: Mapping[int, Any]) -> Iterator[_Segment]:
    width, length = int(tags[Tag.ImageWidth]), int(tags[Tag.ImageLength])
    if Tag.TileOffsets in tags:
        offsets, sizes, kind = tags[Tag.TileOffsets], tags[Tag.TileByteCounts], "tile"
        columns, rows = int(tags[Tag.TileWidth]), int(tags[Tag.TileLength])
        across = -(-width // columns)
    else:
        offsets, sizes, kind = tags[Tag.StripOffsets], tags[Tag.StripByteCounts], "strip"
        columns, rows, across = width, min(int(tags.get(Tag.RowsPerStrip, length)), length), 1
    each = across * -(-length // rows)
    for number, (offset, size) in enumerate(zip(offsets, sizes, strict=False)):
        below = length - number % each // across * rows
        high = rows if kind == "tile" else min(rows, below)
        called = kind if len(offsets) == 1 else f"{kind} {number + 1} of {len(offsets)}"
        yield _Segment(called, int(offset), int(size), columns, high)


def _data_complaint(data: bytes, segment: _Segment, tags: Mapping[int, Any]) -> str | None:
    codec = tags.get(Tag.Compression, 1)
    if codec in (_FAX_ROWS, _GROUP_3, _GROUP_4):
        return _of_fax(data, segment, tags)
    if codec == _JPEG:
        tables = tags.get(Tag.JPEGTables)
        return jpeg_complaint(tables[:-2] + data[2:] if tables else data)
    if tags.get(Tag.PhotometricInterpretation) == _YCBCR:
        return None  # its colors may be fewer than its pixels
    expected = segment.rows * _row_bytes(segment.width, tags)
    if codec == _LZW:
        return lzw_complaint(data, expected)
    if codec == _PACKBITS:
        return packbits_complaint(data, expected)
    return zlib_complaint(data, expected) if codec in _DEFLATE else None


def _of_fax(data: bytes, segment: _Segment, tags: Mapping[int, Any]) -> str | None:
    codec, options = tags.get(Tag.Compression), int(tags.get(Tag.T4Options, 0))
    if codec == _GROUP_3 and options & _UNCOMPRESSED_MODE:
        return None
    two = codec == _GROUP_3 and options & _TWO_DIMENSIONS
    return fax_complaint(
        data,
        segment.width,
        segment.rows,
        -1 if codec == _GROUP_4 else int(bool(two)),
        byte_aligned=codec == _FAX_ROWS,
        lowest_bit_first=tags.get(Tag.FillOrder) == _LOWEST_BIT_FIRST,
    )


def _row_bytes(width: int, tags: Mapping[int, Any]) -> int:
    bits = tags.get(Tag.BitsPerSample, (1,))
    samples = int(tags.get(Tag.SamplesPerPixel, 1))
    together = 1 if tags.get(Tag.PlanarConfiguration) == _SEPARATE else samples
    return -(-width * together * int(bits[0]) // 8)
