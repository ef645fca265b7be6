"""How a result came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from forensics_rt.recipe import Recipe


@dataclass(frozen=True)
class Provenance:
    """How a result was computed: what is needed to repeat it.

    Attributes:
        bundle_id: First 16 digits of the SHA-256 of the bundle's manifest.
        bundle_name: Its name and version.
        backend: The backend that ran.
        device: The device that computed.
        precision: Number format of the arithmetic.
        constant_tiles: How many tiles are of one color, such as white paper of a digital page: each
            color is computed once and its answer kept, to the bit. Not counted on a GPU.
        repeated_tiles: How many others are like one before them to the pixel, and share its answer;
            only within a row of tiles for a large image. Not counted on a GPU.
        precision_reason: Why that format was taken, and others were not; `None` where there was no
            choice.
        recipe: How the bundle was run, with the threshold and high threshold really used.
        calibration: First 16 digits of the SHA-256 of the calibration used; `None` for none.
        operating_point: Name of the operating point asked for; `None` for none.
        prevalence: Share of forged images that the caller expects; `None` for the calibration's.
        tile_size: Side of the tiles in pixels; the longest one where they are no squares.
        tile_shapes: Height and width of the tiles in pixels, each pair once.
        tiles: How many there were.
        versions: Of forensics_rt, numpy, OpenCV and the engine.
        image_sha256: Of the encoded bytes, or of the raw pixels for arrays.
        image_format: Container of the input, such as `JPEG`.
        image_mode: Pixel mode as stored.
        conversions: What was done to get 8-bit RGB; and, for a network that reads the coefficients
            of JPEG, whether they are those of a copy, and why.
        exif_orientation: 1–8; reported, not applied.
        frames: How many pictures the file holds, smaller versions of a page not counted;
            `conversions` says which one was examined.
        settled_tiles: How many tiles the cascade network settled; 0 where the recipe is no
            cascade.
        page: Which page was asked for, from 1; `None` if the file was given as one image.
        density: Pixels per inch, across and down as stored, as the file says; `None` where it does
            not.
    """

    bundle_id: str
    bundle_name: str
    backend: str
    device: str
    precision: str
    recipe: Recipe
    calibration: str | None
    operating_point: str | None
    prevalence: float | None
    tile_size: int
    tiles: int
    versions: Mapping[str, str]
    image_sha256: str
    image_format: str
    image_mode: str
    conversions: tuple[str, ...]
    exif_orientation: int
    frames: int
    settled_tiles: int = 0
    page: int | None = None
    density: tuple[float, float] | None = None
    precision_reason: str | None = None
    constant_tiles: int = 0
    tile_shapes: tuple[tuple[int, int], ...] = ()
    repeated_tiles: int = 0

    def as_record(self) -> dict[str, Any]:
        """Return the fields as result files have them."""
        return {**asdict(self), "recipe": self.recipe.as_record()}
