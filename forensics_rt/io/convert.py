"""From whatever pixels an image stores to 8-bit RGB, with a phrase for each step taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

_GREY = ("1", "L", "LA", "La")
_PALETTE = ("P", "PA")
_COLOUR = ("RGB", "RGBA", "RGBa", "RGBX")


@dataclass(frozen=True)
class Converted:
    """8-bit RGB pixels and what was done to get them.

    Attributes:
        pixels: H×W×3 uint8 RGB.
        conversions: One phrase a step; empty for 8-bit RGB.
    """

    pixels: npt.NDArray[np.uint8]
    conversions: tuple[str, ...]


def convert_to_rgb(image: Image.Image, sixteen_bits: bool = False) -> Converted | str:
    """Convert a decoded PIL image to 8-bit RGB.

    Args:
        image: In any mode of Pillow's.
        sixteen_bits: Whether the file stores 16 bits a channel; see `stores_16_bits`.

    Returns:
        The pixels and the steps, or, where no conversion is sound, the reason as a phrase.

    Example:
        >>> convert_to_rgb(Image.new("L", (2, 2))).conversions
        ('grey to RGB',)
    """
    steps = ["16-bit channels reduced to their high byte"] if sixteen_bits else []
    mode = image.mode
    if mode in ("F", "I"):
        return "32-bit pixels have no agreed range; save the image with 8 or 16 bits"
    if mode.startswith("I;16"):
        high_byte = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
        return Converted(np.repeat(high_byte[:, :, None], 3, axis=2), (*steps, "grey to RGB"))
    if mode in _GREY:
        steps.append("grey to RGB")
    elif mode in _PALETTE:
        steps.append("palette to RGB")
    elif mode not in _COLOUR:
        steps.append(f"{mode} to RGB without a colour profile")
    if image.has_transparency_data:
        steps.append("alpha dropped, colours as stored")
    return Converted(np.array(_drop_alpha(image).convert("RGB")), tuple(steps))


def stores_16_bits(image: Image.Image) -> bool:
    """Tell whether an opened, not yet decoded image stores 16 bits a channel.

    Pillow reads 16-bit colour as 8-bit without a word; before decoding, the depth stands in the raw
    mode that it hands to its decoder.
    """
    return any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))


def _drop_alpha(image: Image.Image) -> Image.Image:
    # Premultiplied alpha has no direct way to RGB in Pillow.
    straight = {"RGBa": "RGBA", "La": "LA"}.get(image.mode)
    return image.convert(straight) if straight else image
