"""From whatever pixels an image stores to 8-bit RGB, with a phrase for each step taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from forensics_rt.io.codec_errors import said_by
from forensics_rt.io.metadata import ORIENTATION
from forensics_rt.io.read_options import WhenDamaged

_GRAY = ("1", "L", "LA", "La")
_PALETTE = ("P", "PA")
# Premultiplied alpha has no direct way to RGB in Pillow.
_STRAIGHT = {"RGBa": "RGBA", "La": "LA"}
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
_SAMPLE_FORMAT, _SIGNED = 339, 2
_WHITE_IS_ZERO = 0
_COLOR = ("RGB", "RGBA", "RGBa", "RGBX")
_DEEP_PORTABLE_MAPS = ("I;16B", "('L', 65535)")  # binary and plain


class NotConvertible(Exception):
    """No conversion of an image to 8-bit RGB is sound; the text is the reason, a phrase."""


@dataclass(frozen=True)
class Converted:
    """8-bit RGB pixels and what was done to get them.

    Attributes:
        pixels: H×W×3 uint8 RGB.
        conversions: One phrase a step; empty for 8-bit RGB.
        complaint: Why the image ends early, where a part of it is all that could be decoded.
    """

    pixels: npt.NDArray[np.uint8]
    conversions: tuple[str, ...]
    complaint: str | None = None


def convert_to_rgb(image: Image.Image, damaged: WhenDamaged = "refuse") -> Converted:
    """Decode an opened PIL image, in stored orientation, and convert it to 8-bit RGB.

    Args:
        image: It; it is decoded.
        damaged: Whether to `examine` what could be decoded of it where the rest cannot.

    Raises:
        NotConvertible: Where no conversion is sound.
        Exception: Whatever Pillow raises on a damaged file, if nothing of it can be decoded, or
            what can is not wanted.

    Example:
        >>> convert_to_rgb(Image.new("L", (2, 2))).conversions
        ('gray to RGB',)
    """
    check_convertible(image)
    raw_modes, tags = _raw_modes(image), getattr(image, "tag_v2", {})
    largest = _largest_of_portable_map(image)
    _keep_as_stored(image)
    complaint = _load(image, damaged)
    mode = image.mode
    # Pillow reads 16-bit color as 8-bit without a word; before decoding, the depth stands in the
    # raw mode that it hands to its decoder.
    deep = ";16" in raw_modes or mode.startswith("I")
    steps = ["16-bit channels reduced to their high byte"] if deep else []
    if mode.startswith("I"):
        high_byte = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
        if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:  # Pillow inverts such gray up to 8 bits only
            high_byte = 255 - high_byte
            steps.append("inverted: white is stored as 0")
        gray = np.repeat(high_byte[:, :, None], 3, axis=2)
        return Converted(gray, (*steps, "gray to RGB"), complaint)
    if largest != 255:
        steps.append(f"values up to {largest} scaled to 8 bits")
    if mode in _GRAY:
        steps.append("gray to RGB")
    elif mode in _PALETTE:
        steps.append("palette to RGB")
    elif mode not in _COLOR:
        steps.append(f"{mode} to RGB without a color profile")
    if image.has_transparency_data:
        steps.append("alpha dropped, colors as stored")
    if mode in _STRAIGHT:
        image = image.convert(_STRAIGHT[mode])
    # Pillow would copy what is RGB already, and hold up every other thread meanwhile.
    rgb = image if mode == "RGB" else image.convert("RGB")
    return Converted(np.array(rgb), tuple(steps), complaint)


def _load(image: Image.Image, damaged: WhenDamaged) -> str | None:
    """Decode it, or as much as can be, and say why the rest cannot."""
    try:
        image.load()
    except MemoryError:
        raise
    except Exception as error:
        if damaged == "refuse" or not _keep_decoded(image):
            raise
        return said_by(error)
    return None


def _keep_decoded(image: Image.Image) -> bool:
    """Take what has been decoded for the image, if that is more than one color."""
    # Pillow keeps it when it raises; what it has not come to is black.
    if getattr(image, "_im", None) is None:
        return False
    image.tile = []  # type: ignore[attr-defined]
    low_and_high = image.getextrema()
    bands = low_and_high if isinstance(low_and_high[0], tuple) else (low_and_high,)
    return any(low != high for low, high in bands)


def check_convertible(image: Image.Image) -> None:
    """Refuse an opened image of which no conversion is sound.

    Raises:
        NotConvertible: If it is one.
    """
    raw_modes, tags = _raw_modes(image), getattr(image, "tag_v2", {})
    mode = image.mode
    if _SIGNED in tags.get(_SAMPLE_FORMAT, ()):
        raise NotConvertible(
            "its samples are signed (SampleFormat 2), and the file does not say which one is "
            "black; save it with unsigned samples"
        )
    unknown_range = mode == "F" or (mode == "I" and raw_modes not in _DEEP_PORTABLE_MAPS)
    if unknown_range or ";12" in raw_modes:
        raise NotConvertible("its pixels are neither 8 nor 16 bits deep; save it with one of these")
    if raw_modes and 16 in tags.get(_BITS_PER_SAMPLE, ()) and ";16" not in raw_modes:
        raise NotConvertible(
            "its 16-bit channels would be read as 8-bit ones, because each lies in a plane of its "
            "own (PlanarConfiguration 2); save it with interleaved channels"
        )


def _raw_modes(image: Image.Image) -> str:
    return " ".join(str(tile[3]) for tile in getattr(image, "tile", ()))


def _largest_of_portable_map(image: Image.Image) -> int:
    # Pillow scales what a PPM says is white to 255 without a word; only its decoder is told.
    for decoder, _, _, settings in getattr(image, "tile", ()):
        if decoder in ("ppm", "ppm_plain") and isinstance(settings, tuple):
            return int(settings[1])
    return 255


def _keep_as_stored(image: Image.Image) -> None:
    # Pillow turns a TIFF upright while it decodes it. Where neither a tag nor XMP tells it how, it
    # does not, and the size is again the one that is stored.
    if isinstance(image, TiffImageFile) and image.tile:
        image._size = image._tile_size
        image.tag_v2.pop(ORIENTATION, None)
        image.getexif().pop(ORIENTATION, None)
