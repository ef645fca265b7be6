"""Pages for the load: parts of the samples in several sizes, PDFs, and files that are none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
SIDES = ((384, 384), (512, 512), (640, 512), (800, 600), (1000, 700))
_BAD = (b"", b"no image", b"\xff\xd8\xff\xe0 cut off", b"%PDF-1.7 of nothing")


@dataclass(frozen=True)
class LoadFile:
    """A file of the load.

    Attributes:
        data: Its bytes.
        good: Whether it has a result.
    """

    data: bytes
    good: bool = True


def mixed_files(
    count: int,
    bad_share: float = 0.02,
    seed: int = 0,
    sides: Sequence[tuple[int, int]] = SIDES,
) -> list[LoadFile]:
    """Return files of mixed sizes and kinds; a fifth are PDFs, and some are bad.

    Args:
        count: How many.
        bad_share: How many of them are no images.
        seed: Of the choice.
        sides: Heights and widths.
    """
    random = np.random.default_rng(seed)
    samples = _samples()
    bad = set(random.choice(count, round(count * bad_share), replace=False).tolist())
    found = []
    for number in range(count):
        if number in bad:
            found.append(LoadFile(_BAD[number % len(_BAD)], good=False))
            continue
        size = sides[int(random.integers(len(sides)))]
        part = _part(samples, size, random)
        found.append(LoadFile(_encoded(part, "PDF" if random.random() < 0.2 else "JPEG")))
    return found


def one_tile_files(count: int, seed: int = 1) -> list[LoadFile]:
    """Return JPEGs of 512×512, each of which is one tile."""
    random = np.random.default_rng(seed)
    samples = _samples()
    return [LoadFile(_encoded(_part(samples, (512, 512), random), "JPEG")) for _ in range(count)]


def _samples() -> list[Image.Image]:
    return [Image.open(path).convert("RGB") for path in sorted(SAMPLES.glob("*.jpg"))]


def _part(
    samples: Sequence[Image.Image], size: tuple[int, int], random: np.random.Generator
) -> Image.Image:
    sample = samples[int(random.integers(len(samples)))]
    height, width = min(size[0], sample.height), min(size[1], sample.width)
    top = int(random.integers(sample.height - height + 1))
    left = int(random.integers(sample.width - width + 1))
    return sample.crop((left, top, left + width, top + height))


def _encoded(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, quality=92)
    return file.getvalue()
