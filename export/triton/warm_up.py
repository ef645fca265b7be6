"""Pages that a model examines before it is ready, so that no client waits for a compiler."""

from __future__ import annotations

import cv2
import numpy as np

from forensics_rt.bundle.manifest import Manifest
from forensics_rt.io.image_files import encode_image


def warm_up_sides(manifest: Manifest) -> tuple[int, ...]:
    """Return sides of square tiles that the networks are compiled for ahead."""
    return manifest.tile_sides or manifest.tile_sizes


def warm_up_pages(manifest: Manifest) -> dict[str, bytes]:
    """Return JPEG files by name, one for each side of the tiles.

    They are of blurred noise: a page of one color would be answered without a network.

    Args:
        manifest: Of the bundle.
    """
    random = np.random.default_rng(0)
    pages = {}
    for side in warm_up_sides(manifest):
        noise = random.integers(0, 256, (side, side, 3), np.uint8)
        name = f"page_{side}.jpg"
        pages[name] = encode_image(name, cv2.GaussianBlur(noise, (0, 0), 2.0).astype(np.uint8))
    return pages
