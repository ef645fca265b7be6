"""Files that unpack to far more than they hold, or point back to themselves: made when asked for.

None of them crashes or hangs other software; each is as small as its effect allows.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image

from tests.counts import count

UNPACKED = count(40, 400) << 20
Named = tuple[str, bytes]


def bombs() -> Iterator[Named]:
    """Yield names and bytes."""
    for make in (_png, _gif, _tiff, _webp, _jpeg, _pdf):
        yield from make()


@cache
def zeros(size: int = UNPACKED) -> bytes:
    """Return so many zeros, deflated."""
    packer = zlib.compressobj(9)
    part = bytes(1 << 20)
    return b"".join([packer.compress(part) for _ in range(size >> 20)] + [packer.flush()])


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, data: bytes = b"", depth: int = 8) -> bytes:
    """Return a gray PNG with these chunks before its data."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    end = chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + end


def _png() -> Iterator[Named]:
    small = zlib.compress(bytes(9 * 8))
    yield "all-zeros.png", png(60000, 60000, data=zeros())
    yield "more-data-than-pixels.png", png(8, 8, data=zeros())
    yield "text.png", png(8, 8, chunk(b"zTXt", b"a\0\0" + zeros()), data=small)
    international = b"a\0\1\0\0\0" + zeros()
    yield "international-text.png", png(8, 8, chunk(b"iTXt", international), data=small)
    yield "profile.png", png(8, 8, chunk(b"iCCP", b"a\0\0" + zeros()), data=small)
    yield "many-chunks.png", png(8, 8, chunk(b"tEXt", b"a\0b") * 50_000, data=small)
    yield "no-data.png", png(9000, 9000)
    yield "one-wide.png", png(1, 2**31 - 1, data=zeros())


def _gif() -> Iterator[Named]:
    frame = b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    head = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6)
    yield "canvas.gif", head + frame + b";"
    small = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    yield "frames.gif", small + frame * 20_000 + b";"
    yield (
        "comments.gif",
        small + (b"\x21\xfe" + (b"\xff" + b"a" * 255) * 400 + b"\0") + frame + b";",
    )
    wide = b"\x2c\0\0\0\0\xff\xff\xff\xff\0\2\2\x44\1\0"
    yield "frame-larger-than-canvas.gif", small + wide + b";"


def tiff(entries: dict[int, tuple[int, int, int]], data: bytes = b"", following: int = 0) -> bytes:
    """Return a TIFF with one directory, `data` behind it: tag → type, count, value."""
    rows = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(entries.items()))
    body = struct.pack("<H", len(entries)) + rows + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + body + data


def _tiff() -> Iterator[Named]:
    def entries(side: int, size: int, compression: int = 1) -> dict[int, tuple[int, int, int]]:
        where = 8 + 2 + 9 * 12 + 4
        return {256: (4, 1, side), 257: (4, 1, side), 258: (3, 1, 8), 259: (3, 1, compression),
                262: (3, 1, 1), 273: (4, 1, where), 277: (3, 1, 1), 278: (4, 1, side),
                279: (4, 1, size)}  # fmt: skip

    packed = zeros()
    yield "deflate.tif", tiff(entries(9000, len(packed), 8), packed)
    yield "more-data-than-pixels.tif", tiff(entries(8, len(packed), 8), packed)
    yield "no-data.tif", tiff(entries(9000, 81_000_000))
    yield "huge.tif", tiff(entries(2**32 - 1, 64), bytes(64))
    yield "loop-of-directories.tif", tiff(entries(8, 64), bytes(64), following=8)
    many = entries(8, 64) | {273: (4, 2**32 - 1, 8), 279: (4, 2**32 - 1, 8)}
    yield "counts.tif", tiff(many, bytes(64))
    yield "strip-outside.tif", tiff(entries(8, 64) | {273: (4, 1, 2**31)}, bytes(64))
    yield (
        "tile-of-one.tif",
        tiff(
            entries(60000, 64) | {322: (3, 1, 16), 323: (3, 1, 16), 324: (4, 1, 8), 325: (4, 1, 4)}
        ),
    )
    yield "loop-of-subdirectories.tif", tiff(entries(8, 64) | {330: (4, 1, 8)}, bytes(64))
    directory = tiff(entries(8, 64))[8:]
    size = len(directory)
    chain = b"".join(
        directory[:-4] + struct.pack("<I", 8 + size * (number + 1)) for number in range(20_000)
    )
    yield "many-directories.tif", b"II*\0" + struct.pack("<I", 8) + chain


def _webp() -> Iterator[Named]:
    head = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\xff" * 2
    yield "canvas.webp", b"RIFF" + struct.pack("<I", 4 + len(head)) + b"WEBP" + head
    side = 16383
    bits = (side - 1) | (side - 1) << 14
    lossless = b"VP8L" + struct.pack("<I", 10) + b"\x2f" + struct.pack("<I", bits) + bytes(5)
    yield "no-data.webp", b"RIFF" + struct.pack("<I", 4 + len(lossless)) + b"WEBP" + lossless
    out = io.BytesIO()
    Image.new("L", (6000, 6000)).save(out, "WEBP", lossless=True, method=0)
    yield "zeros.webp", out.getvalue()


def _jpeg() -> Iterator[Named]:
    out = io.BytesIO()
    Image.fromarray(np.zeros((16, 16), np.uint8)).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    frame = whole.index(b"\xff\xc2") + 5
    huge = whole[:frame] + b"\xff\xdc\xff\xdc" + whole[frame + 4 :]
    yield "huge.jpg", huge
    yield "flat.jpg", whole[:frame] + b"\x25\x80\x25\x80" + whole[frame + 4 :]
    scan = whole.rindex(b"\xff\xda")
    large = whole[:frame] + b"\x10\x00\x10\x00" + whole[frame + 4 :]
    yield "scans.jpg", large[:scan] + large[scan:-2] * count(200, 3000) + b"\xff\xd9"
    segment = b"\xff\xe2" + struct.pack(">H", 65535) + b"ICC_PROFILE\0\1\xff" + bytes(65519)
    yield "profile.jpg", whole[:2] + segment * 255 + whole[2:]
    exif = b"Exif\0\0II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 0x8769, 4, 1, 8) + bytes(4)
    loop = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    yield "loop-of-exif.jpg", whole[:2] + loop + whole[2:]
    yield "fill-bytes.jpg", whole[:2] + b"\xff" * 1_000_000 + whole[2:]


def pdf(*objects: bytes) -> bytes:
    """Return a PDF with these objects, numbered from 1; the first is the catalog."""
    body, places = b"%PDF-1.5\n", []
    for number, written in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + head + table + end


def stream(keys: bytes, data: bytes) -> bytes:
    """Return a stream object."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (keys, len(data), data)


_CATALOG, _PAGES = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R%s>>"


def _pdf() -> Iterator[Named]:
    page = _PAGE % b""
    flate = b"/Filter/FlateDecode"
    twice = zlib.compress(zeros(), 9)
    yield "contents.pdf", pdf(_CATALOG, _PAGES, page, stream(flate, zeros()))
    yield (
        "filters.pdf",
        pdf(_CATALOG, _PAGES, page, stream(b"/Filter[/FlateDecode/FlateDecode]", twice)),
    )
    objects = stream(b"/Type/ObjStm/N 1/First 4" + flate, zeros())
    yield "object-stream.pdf", pdf(_CATALOG, _PAGES, page, objects)
    yield "huge-count.pdf", pdf(_CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>", page)
    yield "tree-loop.pdf", pdf(_CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>")
    deep = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 3) for number in range(3000)]
    yield "deep-tree.pdf", pdf(_CATALOG, *deep)
    wide = b"<</Type/Pages/Kids[" + b"3 0 R " * 20_000 + b"]/Count 20000>>"
    yield "wide-tree.pdf", pdf(_CATALOG, wide, page, stream(b"", b""))
    yield "nested-arrays.pdf", pdf(_CATALOG, b"[" * 20_000 + b"]" * 20_000)
    box = page.replace(b"200 200", b"2000000 2000000")
    yield "media-box.pdf", pdf(_CATALOG, _PAGES, box, stream(b"", b"0 0 10 10 re f"))
    image = b"/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 8"
    with_image = _PAGE % b"/Resources<</XObject<</I 5 0 R>>>>"
    drawn = stream(b"", b"q 200 0 0 200 0 0 cm /I Do Q")
    for name, side in (("image", 9000), ("huge-image", 2**31 - 1)):
        held = stream(image + b"/Width %d/Height %d" % (side, side) + flate, zeros())
        yield f"{name}.pdf", pdf(_CATALOG, _PAGES, with_image, drawn, held)
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</I 5 0 R>>>>"
    calls = stream(form, b"/I Do /I Do ")
    yield "form-loop.pdf", pdf(_CATALOG, _PAGES, with_image, drawn, calls)
    saves = b"q " * 200_000
    yield "saves.pdf", pdf(_CATALOG, _PAGES, page, stream(b"", saves))
