"""Hostile inputs, made at run time: cut off, altered, mislabeled, and with sizes that lie."""

from __future__ import annotations

import io
import itertools
import os
import random
import socket
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tests.counts import count
from tests.io.hostile.bombs import Named, bombs, pdf, png, stream, tiff

SIDES = (0, 1, 40_000, 65535, 2**31 - 1)
_FORMATS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "tif": "TIFF", "webp": "WEBP",
            "bmp": "BMP", "jp2": "JPEG2000", "ppm": "PPM"}  # fmt: skip
_STEP = count(20, 1)
_NAMES = (
    "a\nb.png",
    "\x1b[31mred.png",
    "..png",
    "a..b...png",
    "-rf.png",
    "$(id).png",
    "\u202egpj.png",
    " .png",
    "é" * 100 + ".png",
    "%s%n.png",
    "a;b|c&d.png",
)
_LINKS = {
    "loop.png": "loop.png",
    "nothing.png": "/no/such",
    "out.png": "/etc/passwd",
    "null.png": "/dev/null",
    "endless.png": "/dev/zero",
    "up.png": "../../../../etc/hosts",
    "folder.png": ".",
}


def hostile_files() -> Iterator[Named]:
    """Yield names, each used once, and bytes."""
    yield from bombs()
    yield from cut_off()
    yield from altered()
    yield from lying_sizes()
    yield from mislabeled()


def whole_files() -> Iterator[Named]:
    """Yield one sound file of each format."""
    pixels = np.random.default_rng(7).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    for suffix, kind in _FORMATS.items():
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, kind)
        yield suffix, out.getvalue()
    image = (
        b"/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8/Width 56/Height 40"
    )
    yield (
        "pdf",
        pdf(
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 56 40]/Contents 4 0 R"
            b"/Resources<</XObject<</I 5 0 R>>>>>>",
            stream(b"", b"56 0 0 40 0 0 cm /I Do"),
            stream(image + b"/Filter/FlateDecode", zlib.compress(pixels.tobytes())),
        ),
    )


def cut_off() -> Iterator[Named]:
    """Yield every format, cut off at every hundredth of it."""
    for suffix, whole in whole_files():
        for share in range(0, 100, _STEP):
            yield f"cut-{share}.{suffix}", whole[: len(whole) * share // 100]


def altered() -> Iterator[Named]:
    """Yield every format with bytes changed: few in its first tenth, or anywhere."""
    chance = random.Random(11)
    for suffix, whole in whole_files():
        for number in range(0, 110, _STEP):
            data = bytearray(whole)
            end = len(data) if number % 2 else len(data) // 10
            for _ in range(1 + number % 5):
                data[chance.randrange(end)] = chance.randrange(256)
            yield f"altered-{number}.{suffix}", bytes(data)


def lying_sizes() -> Iterator[Named]:
    """Yield headers of every combination of sides, with next to no data."""
    few = zlib.compress(bytes(100))
    for width, height in itertools.product(SIDES, SIDES):
        name, sides = f"{width}x{height}", (width & 0xFFFF, height & 0xFFFF)
        yield f"size-{name}.png", png(width, height, data=few)
        head = b"GIF89a" + struct.pack("<HHBBB", *sides, 0x80, 0, 0) + bytes(6)
        frame = b"\x2c\0\0\0\0" + struct.pack("<HH", *sides) + b"\0\2\0;"
        yield f"size-{name}.gif", head + frame
        told = (width, height, 8, 1, 1, 8, height, 99)
        tags = (256, 257, 258, 259, 262, 273, 278, 279)
        entries = {tag: (4, 1, value) for tag, value in zip(tags, told, strict=True)}
        yield f"size-{name}.tif", tiff(entries, bytes(99))
        info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 1, 1, 0, 0)
        yield f"size-{name}.bmp", b"BM" + struct.pack("<IHHI", 154, 0, 0, 54) + info + bytes(100)
        yield f"size-{name}.ppm", f"P6 {width} {height} 255\n".encode() + bytes(99)


def mislabeled() -> Iterator[Named]:
    """Yield what is no image under the names of images, and images under each other's."""
    others = {
        "html": b"<!DOCTYPE html><html><script>alert(1)</script><img src=file:///etc/passwd></html>",
        "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">'
        b'<image href="file:///etc/passwd"/></svg>',
        "entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]>'
        b"<a>&c;</a>",
        "script": b"#!/bin/sh\nexit 1\n",
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
        "zip": b"PK\x03\x04" + bytes(60),
        "program": b"\x7fELF\2\1\1" + bytes(120),
        "pickle": b"\x80\x04\x95\x0b\0\0\0\0\0\0\0\x8c\x04exit\x94.",
        "zeros": bytes(5000),
        "ones": b"\xff" * 5000,
        "nothing": b"",
        "noise": random.Random(3).randbytes(5000),
    }
    suffixes = [*_FORMATS, "pdf"]
    for (kind, data), suffix in itertools.product(others.items(), suffixes):
        yield f"{kind}.{suffix}", data
    for (kind, data), suffix in itertools.product(list(whole_files()), suffixes):
        if kind != suffix:
            yield f"is-{kind}.{suffix}", data


def special_files(folder: Path) -> Iterator[Path]:
    """Make what is no regular file, or has a name that could mislead, and yield the paths."""
    (whole,) = (data for suffix, data in whole_files() if suffix == "png")
    for name in _NAMES:
        (folder / name).write_bytes(whole[:99])
        yield folder / name
    os.mkfifo(folder / "pipe.png")
    yield folder / "pipe.png"
    for name, target in _LINKS.items():
        (folder / name).symlink_to(target)
        yield folder / name
    (folder / "is-a-folder.png").mkdir()
    yield folder / "is-a-folder.png"
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.relpath(folder / "socket.png"))
    yield folder / "socket.png"
    yield folder / "no\0name.png"
    yield folder / ("long" * 100 + ".png")
