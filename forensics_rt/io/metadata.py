"""What a file says of its picture: density, orientation, how it was made. It can be wrong."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image
from PIL.ExifTags import IFD
from PIL.ExifTags import Base as Tag
from PIL.TiffImagePlugin import TiffImageFile

Density = tuple[float, float]
# JFIF may say how long the sides of a pixel are without saying how large it is: no density.
_NO_UNIT = 0
# Two densities that differ by less are those of square pixels, rounded.
_SQUARE_WITHIN = 0.01
ORIENTATION = 0x0112
_ONE_BIT = "1"
# Pillow's words for the codings of faxes in a TIFF.
_FAX_CODINGS = {
    "tiff_ccitt": "CCITT modified Huffman",
    "group3": "CCITT Group 3",
    "group4": "CCITT Group 4",
}
_BY_A_LENS = (
    Tag.ExposureTime,
    Tag.FNumber,
    Tag.FocalLength,
    Tag.ISOSpeedRatings,
)


def density_of(image: Image.Image) -> Density | None:
    """Return the pixels per inch that a file says, across and down, as stored.

    Args:
        image: As Pillow opened it.

    Returns:
        `None` where it says none, or none that can be.
    """
    found = image.info.get("dpi")
    if found is None or image.info.get("jfif_unit") == _NO_UNIT:
        return None
    if isinstance(image, TiffImageFile) and Tag.XResolution not in image.tag_v2:
        return None  # Pillow takes it for one pixel per inch
    try:
        across, down = (float(value) for value in found)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not (math.isfinite(across) and math.isfinite(down) and across > 0 and down > 0):
        return None
    return round(across, 2), round(down, 2)


def is_square(density: Density | None) -> bool:
    """Say whether pixels are as high as wide, as far as anybody knows.

    Example:
        >>> is_square((204.0, 98.0)), is_square((300.0, 299.9)), is_square(None)
        (False, True, True)
    """
    return density is None or abs(density[0] / density[1] - 1) <= _SQUARE_WITHIN


def pixel_shape(density: Density | None) -> tuple[str, ...]:
    """Return the phrase for `conversions` where pixels are not square.

    Example:
        >>> pixel_shape((204.0, 98.0))
        ('pixels are not square: 204 × 98 per inch',)
    """
    if density is None or is_square(density):
        return ()
    return (f"pixels are not square: {density[0]:.4g} × {density[1]:.4g} per inch",)


def exif_orientation(read_tags: Callable[[], Mapping[int, Any]]) -> int:
    """Return the orientation, 1 to 8; 1 where none is said, or none that exists.

    Args:
        read_tags: Reads the tags; where they are damaged the pixels are whole all the same.

    Example:
        >>> exif_orientation(lambda: {274: 6}), exif_orientation(dict)
        (6, 1)
    """
    try:
        found = read_tags().get(ORIENTATION, 1)
    except (SyntaxError, ValueError, OSError, struct.error):
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


@dataclass(frozen=True)
class MediumFacts:
    """What a file says of how its picture was made; all of it can be wrong or missing.

    Attributes:
        fax_coding: Name of a coding of faxes, such as `CCITT Group 4`; `None` for any other.
        one_bit: Whether a pixel is stored in one bit.
        camera: Maker and model, where a lens took the picture: there is an exposure time, an
            aperture, a focal length or a sensitivity. Scanners have none of these.
        is_screenshot: Whether a phone wrote that it is one.
    """

    fax_coding: str | None = None
    one_bit: bool = False
    camera: str | None = None
    is_screenshot: bool = False


def facts_of(image: Image.Image) -> MediumFacts:
    """Read the facts from an opened image; decoded or not."""
    exif, lens = _exif(image)
    return MediumFacts(
        fax_coding=_FAX_CODINGS.get(str(image.info.get("compression"))),
        one_bit=image.mode == _ONE_BIT,
        camera=_camera(exif, lens),
        is_screenshot="Screenshot" in _text(lens.get(Tag.UserComment)),
    )


def _exif(image: Image.Image) -> tuple[dict[int, Any], dict[int, Any]]:
    try:
        # The base class's: of a PNG Pillow would decode all pixels to look behind them.
        exif = Image.Image.getexif(image)
        return dict(exif), dict(exif.get_ifd(IFD.Exif))
    except Exception:  # Pillow's contract names no error for damaged EXIF; the pixels are whole
        return {}, {}


def _camera(exif: dict[int, Any], lens: dict[int, Any]) -> str | None:
    if not any(tag in lens for tag in _BY_A_LENS):
        return None
    made = (_text(exif.get(tag)) for tag in (Tag.Make, Tag.Model))
    return " ".join(filter(None, made)) or None


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    return "".join(filter(str.isprintable, value)).strip() if isinstance(value, str) else ""
