"""The tiles that int8 ranges are measured on, and the hash that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.parity.probes import Pixels, middle, read_own_images


@dataclass(frozen=True)
class CalibrationSet:
    """Tiles of real images.

    Attributes:
        tiles: Each 1×S×S×3 RGB uint8.
        sha256: Over sizes and pixels in order: the same tiles, the same hash, whatever the names.
    """

    tiles: tuple[Pixels, ...]
    sha256: str


def calibration_set(folder: Path, sizes: Iterable[int]) -> CalibrationSet:
    """Take the middle of each image at each tile size that it is large enough for.

    Args:
        folder: Of images, such as the engine will see.
        sizes: Sides of the tiles in pixels.

    Raises:
        ExportError: If there is no folder, no image in it, or none that is large enough.
        ImageError: If a file with the suffix of an image cannot be read.

    Example:
        >>> len(calibration_set(Path("scans"), (384, 512)).tiles)  # doctest: +SKIP
        64
    """
    ordered = sorted(sizes)
    return calibration_tiles(read_images(folder, ordered), ordered)


def read_images(folder: Path, sizes: Iterable[int]) -> list[Pixels]:
    """Read the images of a folder, in the order of their names.

    Raises:
        ExportError: If there is no folder, no image in it, or none that is large enough.
        ImageError: If a file with the suffix of an image cannot be read.
    """
    return read_own_images(folder, min(sizes), "--calibration-images")


def calibration_tiles(images: Iterable[Pixels], sizes: Iterable[int]) -> CalibrationSet:
    """Take the middle of each image at each tile size that it is large enough for.

    Args:
        images: Each H×W×3 RGB uint8.
        sizes: Sides of the tiles in pixels.
    """
    ordered = sorted(sizes)
    parts = (middle(image, size) for image in images for size in ordered)
    return of_tiles([part[None] for part in parts if part is not None])


def of_tiles(tiles: Iterable[Pixels]) -> CalibrationSet:
    """Hash tiles, each 1×S×S×3 RGB uint8."""
    tiles = tuple(tiles)
    digest = hashlib.sha256()
    for tile in tiles:
        digest.update(str(tile.shape).encode())
        digest.update(np.ascontiguousarray(tile).tobytes())
    return CalibrationSet(tiles, digest.hexdigest())
