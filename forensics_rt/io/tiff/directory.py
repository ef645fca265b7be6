"""The directories of a TIFF, each read where it lies: a damaged one does not hide the others."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from PIL.ExifTags import Base as Tag

_MOST_ENTRIES = 4096
# Far more than anybody scans into a file: reading so many takes seconds.
MOST_DIRECTORIES = 100_000
_REDUCED, _OLD_REDUCED = 1, 2
# Bytes of a value by its type; TIFF 6.0, section 2, and BigTIFF.
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
               16: 8, 17: 8, 18: 8}  # fmt: skip
_FORMATS = {1: "B", 3: "H", 4: "I", 16: "Q"}


@dataclass(frozen=True, slots=True)
class TiffDirectory:
    """What a directory says of its picture.

    Attributes:
        offset: Where it lies in the file.
        width: In pixels; 0 where it does not say so.
        height: In pixels; 0 where it does not say so.
        subfile: Bits of NewSubfileType: 1 a smaller version of another picture, 4 a mask.
        compression: Number of the compression.
        photometric: Photometric interpretation; 4 is a mask.
        damage: Why it cannot be read, as a phrase; `None` where it can.
    """

    offset: int
    width: int = 0
    height: int = 0
    subfile: int = 0
    compression: int = 1
    photometric: int | None = None
    damage: str | None = None


class _Layout:
    """How numbers lie in the file: TIFF or BigTIFF, of either byte order."""

    def __init__(self, start: bytes) -> None:
        self.order = "<" if start[:2] == b"II" else ">"
        self.big = 43 in start[2:4]
        self.count = struct.Struct(self.order + ("Q" if self.big else "H"))
        # Of a place in the file, and of how many values an entry has.
        self.offset = struct.Struct(self.order + ("Q" if self.big else "I"))
        self.entry = struct.Struct(self.order + "HH" + self.offset.format[1:])
        self.entry_bytes = 20 if self.big else 12


def read_directories(stream: BinaryIO) -> tuple[TiffDirectory, ...]:
    r"""List the directories of a TIFF, in the order of the file.

    Where one is damaged, the list goes on behind it if the place of the next can still be read;
    otherwise the damaged one is the last.

    Args:
        stream: A file that begins as a TIFF; its place is moved.

    Returns:
        At least one; that of a file without any is damaged. One more than `MOST_DIRECTORIES`
        where there are more.

    Example:
        >>> import io
        >>> read_directories(io.BytesIO(b"II*\0\x08\0\0\0"))[0].damage
        'the file ends before it'
    """
    return tuple(_walk(stream))


def header_of(order_and_kind: bytes, offset: int) -> bytes:
    """Return the header of a TIFF with its first directory elsewhere.

    Args:
        order_and_kind: The first four bytes of the file.
        offset: Of the directory.
    """
    layout = _Layout(order_and_kind)
    big = struct.pack(layout.order + "HH", 8, 0) if layout.big else b""
    return order_and_kind[:4] + big + layout.offset.pack(offset)


def _walk(stream: BinaryIO) -> Iterator[TiffDirectory]:
    stream.seek(0)
    start = stream.read(16)
    size = stream.seek(0, os.SEEK_END)
    layout = _Layout(start)
    head = start[8:16] if layout.big else start[4:8]
    if len(head) < layout.offset.size:
        yield TiffDirectory(0, damage="the file ends in its header")
        return
    (offset,) = layout.offset.unpack(head)
    seen = set[int]()
    while True:
        if offset in seen:
            yield TiffDirectory(offset, damage="it repeats an earlier one")
            return
        seen.add(offset)
        directory, offset = _read(stream, size, offset, layout)
        yield directory
        if offset == 0 or len(seen) > MOST_DIRECTORIES:
            return


def _read(stream: BinaryIO, size: int, offset: int, layout: _Layout) -> tuple[TiffDirectory, int]:
    """Read a directory, and where the next one is: 0 for none, or none that can be found."""
    count_bytes, offset_bytes = layout.count.size, layout.offset.size
    if offset < 8 or offset + count_bytes > size:
        reason = "the file ends before it" if offset >= 8 else "it lies in the header"
        return TiffDirectory(offset, damage=reason), 0
    stream.seek(offset)
    (count,) = layout.count.unpack(stream.read(count_bytes))
    # Of a wrong number of entries no more is read than a picture could have.
    table = stream.read(min(count, _MOST_ENTRIES) * layout.entry_bytes + offset_bytes)
    sound = min(_sound_entries(table, layout), count)
    damage, entries = None, count
    if count != sound and not (
        len(table) == count * layout.entry_bytes + offset_bytes
        and _leads_on(stream, size, table[-offset_bytes:], layout)
    ):
        damage = f"of its {count} entries only {sound} can be read"
        entries = sound
    elif count == 0:
        damage = "it has no entries"
    end = entries * layout.entry_bytes
    following = table[end : end + offset_bytes]
    if len(following) < offset_bytes:
        damage = damage or "the file ends inside it"
    tags = _values(table[:end], layout)
    old = _REDUCED if tags.get(Tag.SubfileType) == _OLD_REDUCED else 0
    directory = TiffDirectory(
        offset,
        tags.get(Tag.ImageWidth, 0),
        tags.get(Tag.ImageLength, 0),
        tags.get(Tag.NewSubfileType, old),
        tags.get(Tag.Compression, 1),
        tags.get(Tag.PhotometricInterpretation),
        damage,
    )
    if damage is not None and not _leads_on(stream, size, following, layout):
        return directory, 0
    (after,) = layout.offset.unpack(following)
    return directory, after


def _sound_entries(table: bytes, layout: _Layout) -> int:
    """Count the entries from the start whose type exists, and whose tags rise."""
    last, number = -1, 0
    for place in range(0, len(table) - layout.entry_bytes + 1, layout.entry_bytes):
        tag, kind, _ = layout.entry.unpack_from(table, place)
        if kind not in _TYPE_BYTES or tag <= last:
            break
        last, number = tag, number + 1
    return number


def _leads_on(stream: BinaryIO, size: int, following: bytes, layout: _Layout) -> bool:
    """Say whether what stands behind a directory is the place of another, or says that none is."""
    if len(following) < layout.offset.size:
        return False
    offset: int = layout.offset.unpack(following)[0]
    if offset == 0:
        return True
    if not 8 <= offset < size - layout.count.size:
        return False
    stream.seek(offset)
    count: int = layout.count.unpack(stream.read(layout.count.size))[0]
    table = stream.read(min(count, _MOST_ENTRIES) * layout.entry_bytes)
    return 0 < count == _sound_entries(table, layout)


def _values(table: bytes, layout: _Layout) -> dict[int, int]:
    """Return the first value of each entry that holds it itself, where that is a whole number."""
    values = {}
    for place in range(0, len(table), layout.entry_bytes):
        tag, kind, count = layout.entry.unpack_from(table, place)
        if kind in _FORMATS and 0 < count * _TYPE_BYTES[kind] <= layout.offset.size:
            at = place + layout.entry.size
            values[tag] = struct.unpack_from(layout.order + _FORMATS[kind], table, at)[0]
    return values
