"""How many pixels an image has to the inch, as its file says."""

from __future__ import annotations

import math

from PIL import Image
from PIL.ExifTags import Base as Tag
from PIL.TiffImagePlugin import TiffImageFile

Density = tuple[float, float]
# JFIF may say how long the sides of a pixel are without saying how large it is: no density.
_NO_UNIT = 0
# Two densities that differ by less are those of square pixels, rounded.
_SQUARE_WITHIN = 0.01


def density_of(image: Image.Image) -> Density | None:
    """Return the pixels per inch that a file says, across and down, as stored.

    Args:
        image: As Pillow opened it.

    Returns:
        `None` where it says none, or none that can be.

    Example:
        >>> density_of(Image.new("L", (2, 2))) is None
        True
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
