"""Pages to measure on: the user's own files, or made-up ones that any machine makes alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from forensics_rt.io.file_source import file_source, name_of_source
from forensics_rt.io.pdf.attachment import opened_source
from forensics_rt.io.sources import find_sources


@dataclass(frozen=True)
class BenchPage:
    """One encoded image.

    Attributes:
        name: The path, or what it was made up as.
        data: The file's bytes.
    """

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Of the bytes, 64 hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()


def made_up_pages(count: int, size: int) -> Iterator[BenchPage]:
    """Yield JPEG files of noisy, text-like pages, the same ones each time.

    Args:
        count: How many.
        size: Their side in pixels, 1 or more.

    Example:
        >>> [page.name for page in made_up_pages(2, 64)]
        ['made up 0, 64×64', 'made up 1, 64×64']
    """
    for seed in range(count):
        random = np.random.default_rng(seed)
        page = np.full((size, size, 3), 235, np.uint8)
        for top in range(40, size - 40, 34):
            text = "".join(random.choice(list("0123456789 ABCDEFabcdef"), size // 16))
            cv2.putText(page, text, (30, top), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (40, 40, 60), 1)
        noisy = np.clip(page + random.normal(0, 4, page.shape), 0, 255).astype(np.uint8)
        data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
        yield BenchPage(f"made up {seed}, {size}×{size}", data)


def read_pages(paths: list[str]) -> tuple[BenchPage, ...]:
    """Read the images that files, folders and patterns stand for, so that no disk is measured.

    Raises:
        ImageNotFound: If one cannot be read.
    """
    pages = []
    for source in find_sources(paths):
        file = file_source(source.image)
        with opened_source(file) as stream:
            pages.append(BenchPage(name_of_source(file), stream.read()))
    return tuple(pages)
