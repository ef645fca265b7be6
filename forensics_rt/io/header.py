"""What a file says of its pixels before any is decoded, and whether they can be had row by row."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image
from PIL.ExifTags import Base as Tag
from PIL.JpegImagePlugin import jpeg_factory
from PIL.PngImagePlugin import PngImageFile

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.codec_errors import said_by
from forensics_rt.io.convert import NotConvertible, convert_to_rgb
from forensics_rt.io.decoded import ImageInfo
from forensics_rt.io.digest import sha256_of_file
from forensics_rt.io.frames import pages_in, pages_told
from forensics_rt.io.inputs import name_of
from forensics_rt.io.jpeg_scan import decodes_row_by_row
from forensics_rt.io.medium.rules import medium_by_facts
from forensics_rt.io.metadata import (
    ORIENTATION,
    density_of,
    exif_orientation,
    facts_of,
    pixel_shape,
)
from forensics_rt.io.reading import opened
from forensics_rt.io.tiff.opening import opened_tiff_page
from forensics_rt.io.tiff.pages import TIFF_SIGNATURES

_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    **dict.fromkeys(TIFF_SIGNATURES, "TIFF"),
}
_MODES = {
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I;16B"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "I;16", "I;16B", "I;16L"),
}
_TIFF_CODECS = {1, 2, 3, 4, 5, 7, 8, 32773, 32946}
_JPEG_IN_TIFF = 7
_YCBCR, _UNSIGNED, _PREMULTIPLIED = 6, 1, 1
_PLAIN_COLORS = {0, 1, 2, 3, 5}  # white is 0, black is 0, RGB, palette, CMYK
_MEND = (
    "save it as a tiled TIFF of 8-bit RGB, without loss: "
    "vips tiffsave IN OUT.tif --tile --bigtiff --compression deflate"
)


@dataclass(frozen=True, kw_only=True)
class Header(ImageInfo):
    """What `decode` would say of a file, found without decoding it.

    Its medium is what the file says: pixels are not looked at.

    Attributes:
        rows_together: How many rows the decoder holds at once.
        holds_whole_image: Whether the decoder must hold the whole image before the first row.
        samples: How many samples the file stores of all channels, of a JPEG fewer of chroma.
    """

    rows_together: int
    holds_whole_image: bool
    samples: int


def read_header(path: Path) -> Header:
    """Read what stands before the pixels, and refuse what cannot be read row by row.

    Only kinds of which tests hold the rows equal to `decode` are let through.

    Args:
        path: A JPEG, PNG, TIFF or BigTIFF.

    Raises:
        ImageNotFound: If the file cannot be opened.
        ImageUnreadable: If it is another kind of file, damaged, or stores its pixels in a way whose
            rows are not known to equal those of `decode`.
    """
    name = name_of(path)
    with opened(path) as stream:
        try:
            return _read(stream, name, path)
        except ImageUnreadable:
            raise
        except Exception as error:  # what Pillow raises on damaged files is no contract
            if getattr(error, "errno", None) is not None:  # the file cannot be read
                raise
            raise ImageUnreadable(name, f"the header is damaged: {said_by(error)}") from error


def _read(stream: BinaryIO, name: str, path: Path) -> Header:
    start = stream.read(4)
    if not start:
        raise ImageUnreadable(name, "the file is empty")
    stream.seek(0)
    kind = next((kind for magic, kind in _SIGNATURES.items() if start.startswith(magic)), None)
    if kind is None:
        raise ImageUnreadable(
            name, f"must be a JPEG, PNG or TIFF to be read row by row, but is none; {_MEND}"
        )
    if kind == "TIFF":
        with opened_tiff_page(stream, 1, name) as (image, pages):
            behind = pages.pages[0].offset != pages.first.offset
            return _describe(stream, name, path, image, len(pages.pages), behind)
    # The plugins directly: Image.open would compare the size with Pillow's limit, which is one for
    # the whole process. Here memory is the limit.
    opener: Any = {"JPEG": jpeg_factory, "PNG": PngImageFile}[kind]
    with opener(stream, name) as image:
        return _describe(stream, name, path, image, pages_in(image))


def _describe(
    stream: BinaryIO,
    name: str,
    path: Path,
    image: Image.Image,
    frames: int,
    behind: bool = False,
) -> Header:
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    reason = _refusal(image, kind, frames, behind)
    if reason is not None:
        raise ImageUnreadable(name, f"{reason}; {_MEND}")
    tags = getattr(image, "tag_v2", {})
    try:
        converted = _convert_one_pixel(image)
    except NotConvertible as error:
        raise ImageUnreadable(name, str(error)) from error
    density = density_of(image)
    return Header(
        name=name,
        digest=sha256_of_file(path),
        format=str(image.format),
        mode=image.mode,
        conversions=pages_told(image.format, frames, name) + converted + pixel_shape(density),
        exif_orientation=_orientation(image, tags, stream),
        frames=frames,
        density=density,
        rows_together=_rows_together(kind, tags, image.size[1]),
        holds_whole_image=kind == "JPEG" and not _decodes_row_by_row(stream),
        samples=_samples(image),
        # After the orientation, which finds the EXIF of a PNG without decoding it.
        medium=medium_by_facts(facts_of(image)),
    )


def _refusal(image: Image.Image, kind: str, frames: int, behind: bool) -> str | None:
    if image.mode not in _MODES[kind]:
        return f"a {kind} of mode {image.mode} cannot be read row by row"
    if kind == "PNG" and image.info.get("interlace"):
        return "an interlaced PNG cannot be read row by row"
    if kind == "PNG" and frames > 1:
        return "an animated PNG cannot be read row by row"
    if kind != "TIFF":
        return None
    if behind:
        return "a TIFF that begins with a smaller version of its page cannot be read row by row"
    tags = getattr(image, "tag_v2", {})
    codec, colors = tags.get(Tag.Compression, 1), tags.get(Tag.PhotometricInterpretation)
    if codec not in _TIFF_CODECS:
        return f"a TIFF of compression {codec} cannot be read row by row"
    if colors not in _PLAIN_COLORS and (colors, codec) != (_YCBCR, _JPEG_IN_TIFF):
        return f"a TIFF of photometric interpretation {colors} cannot be read row by row"
    if _PREMULTIPLIED in tags.get(Tag.ExtraSamples, ()):
        return "a TIFF of colors multiplied by alpha cannot be read row by row"
    depths = set(tags.get(Tag.BitsPerSample, (1,)))
    if not depths <= {1, 8, 16} or set(tags.get(Tag.SampleFormat, (1,))) != {_UNSIGNED}:
        return (
            f"a TIFF of {sorted(depths)} bits, or of numbers that are not unsigned whole ones, "
            "cannot be read row by row"
        )
    return None


def _convert_one_pixel(image: Image.Image) -> tuple[str, ...]:
    # One pixel of the same kind, sent through what converts whole images, says what it would do.
    pixel = Image.new(image.mode, (1, 1))
    pixel.info = dict(image.info)
    pixel.tile = image.tile  # type: ignore[attr-defined]
    pixel.tag_v2 = getattr(image, "tag_v2", {})  # type: ignore[attr-defined]
    return convert_to_rgb(pixel).conversions


def _decodes_row_by_row(stream: BinaryIO) -> bool:
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return decodes_row_by_row(data)


def _samples(image: Image.Image) -> int:
    pixels = image.width * image.height
    # Of a JPEG, Pillow keeps name, factors and table of each component.
    layers: tuple[tuple[int, int, int, int], ...] = tuple(getattr(image, "layer", ()))
    if not layers:
        return pixels * len(image.getbands())
    most = max(layer[1] for layer in layers) * max(layer[2] for layer in layers)
    return pixels * sum(layer[1] * layer[2] for layer in layers) // most


def _rows_together(kind: str, tags: Any, height: int) -> int:
    if kind != "TIFF":
        return 64
    strip = min(int(tags.get(Tag.RowsPerStrip, height)), height)
    return int(tags.get(Tag.TileLength, strip))


def _orientation(image: Image.Image, tags: Mapping[int, Any], stream: BinaryIO) -> int:
    if tags.get(ORIENTATION):
        return exif_orientation(lambda: tags)
    if image.format == "PNG":
        # Pillow's own way decodes the whole PNG to look for EXIF behind the pixels.
        found = _exif_of_png(stream)
        if found is not None:
            image.info.setdefault("exif", found)
    return exif_orientation(partial(Image.Image.getexif, image))


def _exif_of_png(stream: BinaryIO) -> bytes | None:
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"eXIf":
            return b"Exif\0\0" + stream.read(length)
        stream.seek(length + 4, 1)
    return None
