"""An image together with the coefficients of its JPEG, or of a copy where it has none."""

from __future__ import annotations

from dataclasses import replace

from forensics_rt.io.coefficients import (
    Coefficients,
    recompressed_coefficients,
    stored_coefficients,
)
from forensics_rt.io.damage import DAMAGED
from forensics_rt.io.decoded import DecodedImage, ImageInfo

_JPEG = ("JPEG", "MPO")
COPIED = "coefficients of a copy at JPEG quality 100: "
"""Begins the phrase in `conversions`."""


def with_coefficients(decoded: DecodedImage, data: bytes, limit: int) -> DecodedImage:
    """Return the image with coefficients beside its pixels.

    An image without any gets those of a copy at JPEG quality 100, as the authors of networks that
    read coefficients do, and `conversions` says so and why. The pixels stay what they are.

    Args:
        decoded: The image.
        data: Its file, if it is at hand.
        limit: Coefficients are clipped to ± so much.

    Raises:
        ImageTooLarge: If it has none and a side that no JPEG can have.
        OptionalDependency: If the package that reads them is missing.
    """
    size = decoded.pixels.shape[:2]
    found: Coefficients | str | None = why_none(decoded) or _no_file(data)
    if found is None:
        found = stored_coefficients(data, size, limit)
    if isinstance(found, Coefficients):
        return replace(decoded, coefficients=found)
    return replace(
        decoded,
        coefficients=recompressed_coefficients(decoded.pixels, limit, decoded.name),
        conversions=(*decoded.conversions, COPIED + found),
    )


def why_none(image: ImageInfo) -> str | None:
    """Say why the file's own cannot be those of the pixels; `None` where they may be."""
    if image.format not in _JPEG:
        return "pixels alone were given" if image.format == "raw" else f"a {image.format} has none"
    if image.page not in (None, 1):
        return "those of the first picture alone can be read"
    if any(one.startswith(DAMAGED) for one in image.conversions):
        return "the file is damaged"
    return None


def _no_file(data: bytes) -> str | None:
    return None if data else "no file was given, but an image that was opened"
