"""The pages that the ways are timed on: drawn from fixed seeds, written as JPEG files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from export.parity.probes import synthetic_page
from forensics_rt.errors import OutputError

QUALITY = 90


def page_sizes(count: int, shortest: int, longest: int) -> list[tuple[int, int]]:
    """Return height and width of each page, both spread evenly over a range, upright and lying.

    Example:
        >>> page_sizes(4, 1000, 1300)
        [(1000, 1200), (1100, 1300), (1200, 1000), (1300, 1100)]
    """
    sides = np.linspace(shortest, longest, count).round().astype(int).tolist()
    return list(zip(sides, sides[count // 2 :] + sides[: count // 2], strict=True))


def write_pages(folder: Path, sizes: list[tuple[int, int]]) -> list[Path]:
    """Draw a page of each size and return their files.

    Raises:
        OutputError: If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for seed, (height, width) in enumerate(sizes):
        path = folder / f"page-{seed}-{width}x{height}.jpg"
        page = synthetic_page(max(height, width), seed)[:height, :width]
        if not cv2.imwrite(str(path), page[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY]):
            raise OutputError(f"{path}: cannot be written; is the disk full?")
        paths.append(path)
    return paths
