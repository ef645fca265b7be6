"""Encoded images of every kind that a user may send, sound and broken."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter


def noise(height: int = 40, width: int = 60) -> np.ndarray:
    """Smooth color noise, H×W×3 RGB uint8: it survives JPEG nearly unchanged."""
    coarse = np.random.default_rng(7).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def encode(kind: str, mode: str = "RGB", pixels: np.ndarray | None = None, **options: Any) -> bytes:
    """Encode an image with Pillow."""
    image = Image.fromarray(noise() if pixels is None else pixels).convert(mode)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def encode_16_bit(kind: str, channels: int) -> bytes:
    """Encode noise × 257 with 16 bits a channel; its high bytes are the noise."""
    pixels = noise().astype(np.uint16) * 257
    stored = pixels[:, :, 0] if channels == 1 else pixels[:, :, ::-1]
    return cv2.imencode(f".{kind}", stored)[1].tobytes()


def white_is_zero_16_bit() -> bytes:
    """Encode a channel of the noise × 257 as a TIFF of 16 bits in which white is 0."""
    stream = io.BytesIO()
    stored = 65535 - noise()[:, :, 0].astype(np.uint16) * 257
    Image.fromarray(stored).save(stream, "TIFF", tiffinfo={262: 0})
    return stream.getvalue()


def portable_map(magic: str, largest: int) -> bytes:
    """Encode noise as a PGM (`P5`) or PPM (`P6`) of two bytes a sample, scaled to the largest."""
    pixels = noise()[:, :, 0] if magic == "P5" else noise()
    scaled = np.rint(pixels / 255 * largest).astype(">u2")
    return f"{magic}\n60 40\n{largest}\n".encode() + scaled.tobytes()


def encode_deep(kind: str, bits: int) -> bytes:
    """Encode noise, spread over so many bits, as a JPEG 2000 (`jp2`) or AVIF."""
    stored = noise()[:, :, ::-1].astype(np.uint16) << (bits - 8)
    depth = [cv2.IMWRITE_AVIF_DEPTH, bits] if kind == "avif" else []
    return cv2.imencode(f".{kind}", stored, depth)[1].tobytes()


def animation(kind: str) -> bytes:
    """Encode two frames: noise, and its negative."""
    return encode(kind, save_all=True, append_images=[Image.fromarray(255 - noise())])


def tiff_of_pages(*pages: Image.Image, tags: tuple[dict[int, int], ...] = ()) -> bytes:
    """Encode pages as one TIFF, each with tags of its own."""
    stream = io.BytesIO()
    with AppendingTiffWriter(stream) as writer:
        for number, page in enumerate(pages):
            page.save(writer, "TIFF", tiffinfo=tags[number] if tags else {})
            writer.newFrame()
    return stream.getvalue()


def with_orientation(orientation: int) -> bytes:
    """A JPEG whose EXIF asks viewers to turn it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode("JPEG", exif=exif)


def broken_png(kind: bytes) -> bytes:
    """A PNG with one wrong byte inside the chunk of that kind."""
    data = bytearray(encode("PNG"))
    data[data.index(kind) + 6] ^= 0xFF
    return bytes(data)


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few bytes whose header claims side × side pixels."""
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
