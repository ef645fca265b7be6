"""What a file says of how its picture was made: by a camera, a fax, a screenshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image

_ONE_BIT = "1"
# Pillow's words for the codings of faxes in a TIFF.
_FAX_CODINGS = {
    "tiff_ccitt": "CCITT modified Huffman",
    "group3": "CCITT Group 3",
    "group4": "CCITT Group 4",
}
_BY_A_LENS = (
    ExifTags.Base.ExposureTime,
    ExifTags.Base.FNumber,
    ExifTags.Base.FocalLength,
    ExifTags.Base.ISOSpeedRatings,
)


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
        is_screenshot="Screenshot" in _text(lens.get(ExifTags.Base.UserComment)),
    )


def _exif(image: Image.Image) -> tuple[dict[int, Any], dict[int, Any]]:
    try:
        # The base class's: of a PNG Pillow would decode all pixels to look behind them.
        exif = Image.Image.getexif(image)
        return dict(exif), dict(exif.get_ifd(ExifTags.IFD.Exif))
    except Exception:  # Pillow's contract names no error for damaged EXIF; the pixels are whole
        return {}, {}


def _camera(exif: dict[int, Any], lens: dict[int, Any]) -> str | None:
    if not any(tag in lens for tag in _BY_A_LENS):
        return None
    made = (_text(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    return " ".join(filter(None, made)) or None


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    return "".join(filter(str.isprintable, value)).strip() if isinstance(value, str) else ""
