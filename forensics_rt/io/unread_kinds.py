"""Why an image of a known kind cannot be read, though it is whole: the true reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL.ExifTags import Base as Tag

from forensics_rt.io.jpeg_scan import jpeg_depth

_JPEG_START = b"\xff\xd8\xff"
_BMP_COMPRESSION, _BMP_DEPTH, _BIT_FIELDS = 30, 28, (3, 6)
# TIFF compressions by the names that people know; those before 34712 are read, but for three.
_TIFF_READ = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32946, 34925, 50000))
_TIFF_NAMES = {
    32766: "NeXT", 32809: "ThunderScan", 34661: "JBIG", 34663: "JBIG2", 34676: "SGI LogLuv",
    34677: "SGI LogLuv, 24 bits", 34712: "JPEG 2000", 34713: "JPEG 2000", 34887: "LERC",
    33003: "JPEG 2000", 33005: "JPEG 2000", 34892: "lossy JPEG", 50001: "WebP", 50002: "JPEG XL",
    52546: "JPEG XL",
}  # fmt: skip


def unread_kind(data: bytes) -> str | None:
    """Say why a JPEG or BMP that Pillow does not open cannot be read.

    Args:
        data: The file.

    Returns:
        The reason as a phrase; `None` where it is neither, or damaged.

    Example:
        >>> unread_kind(b"neither") is None
        True
    """
    if data.startswith(_JPEG_START):
        depth = jpeg_depth(data)
        if depth not in (None, 8):
            return f"JPEG of {depth} bits a sample cannot be read; save it with 8"
    if data.startswith(b"BM") and len(data) > _BMP_COMPRESSION:
        depth = int.from_bytes(data[_BMP_DEPTH : _BMP_DEPTH + 2], "little")
        if data[_BMP_COMPRESSION] in _BIT_FIELDS and depth in (16, 32):
            return (
                f"BMP with bit fields of a kind that cannot be read ({depth} bits a pixel); save "
                "it with 24 bits a pixel"
            )
    return None


def unread_tiff_compression(number: int) -> str | None:
    """Say that a TIFF is compressed in a way that cannot be read.

    Example:
        >>> unread_tiff_compression(34713)
        'TIFF compression 34713 (JPEG 2000) cannot be read; save it with LZW'
    """
    if number in _TIFF_READ:
        return None
    called = f" ({_TIFF_NAMES[number]})" if number in _TIFF_NAMES else ""
    return f"TIFF compression {number}{called} cannot be read; save it with LZW"


def unread_tiff_layout(tags: Mapping[int, Any]) -> str:
    """Say which pixel layout of a TIFF cannot be read.

    Args:
        tags: Of the page, as Pillow has them.

    Example:
        >>> unread_tiff_layout({258: (16, 16), 277: 2, 262: 1})
        'a TIFF whose pixel layout cannot be read (2 samples of 16 bits a pixel, photometric \
interpretation 1); save it as 8-bit RGB'
    """
    depths = sorted(set(tags.get(Tag.BitsPerSample, (1,))))
    bits, samples = " and ".join(map(str, depths)), tags.get(Tag.SamplesPerPixel, 1)
    return (
        f"a TIFF whose pixel layout cannot be read ({samples} samples of {bits} bits a pixel, "
        f"photometric interpretation {tags.get(Tag.PhotometricInterpretation)}); save it as "
        "8-bit RGB"
    )
