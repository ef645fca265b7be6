"""Small pages for runs of thousands: cut from the samples, edited, some of them damaged."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
_SIDES = (200, 400)


@dataclass(frozen=True)
class Shares:
    """How many files of a hundred are something else than a page.

    Attributes:
        corrupt: Cut off, or no image at all.
        copies: Byte by byte another file.
        fax: A TIFF of two pages.
    """

    corrupt: float = 2.0
    copies: float = 1.0
    fax: float = 1.0


def write_pages(folder: Path, count: int, seed: int = 0, shares: Shares | None = None) -> None:
    """Write files of 200–400 pixels a side; the same seed writes the same bytes.

    Args:
        folder: Where to; made if missing.
        count: How many files.
        seed: Of what is cut, edited and damaged.
        shares: What is no page; `None` for the usual shares.
    """
    shares, rng = shares or Shares(), np.random.default_rng(seed)
    samples = [np.asarray(Image.open(file).convert("RGB")) for file in sorted(SAMPLES.glob("*"))]
    folder.mkdir(parents=True, exist_ok=True)
    kinds = {"corrupt": shares.corrupt, "copy": shares.copies, "fax": shares.fax}
    special = [kind for kind, share in kinds.items() for _ in range(round(share * count / 100))]
    order = rng.permutation([*special, *[""] * (count - len(special))])
    earlier = _jpeg(_page(rng, samples), 90)
    for number, kind in enumerate(order):
        data, suffix = _jpeg(_page(rng, samples), int(rng.integers(80, 96))), "jpg"
        if kind == "corrupt":
            half = data[: len(data) // 2]
            data = half if rng.uniform() < 0.5 else bytes(rng.bytes(2000))
        elif kind == "copy":
            data = earlier
        elif kind == "fax":
            data, suffix = _fax(_page(rng, samples), _page(rng, samples)), "tif"
        else:
            earlier = data
        (folder / f"page-{number:05d}.{suffix}").write_bytes(data)


def write_whole_pages(folder: Path, count: int, seed: int = 0) -> None:
    """Write the samples as they are but for a patch, so that no two files are equal.

    Args:
        folder: Where to; made if missing.
        count: How many files.
        seed: Of the patches.
    """
    rng = np.random.default_rng(seed)
    samples = [np.asarray(Image.open(file).convert("RGB")) for file in sorted(SAMPLES.glob("*"))]
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        page = samples[number % len(samples)].copy()
        top, left = (int(rng.integers(length - 64)) for length in page.shape[:2])
        page[top : top + 64, left : left + 64] = rng.integers(0, 256, (64, 64, 3), np.uint8)
        (folder / f"page-{number:05d}.jpg").write_bytes(_jpeg(page, 90))


def _page(rng: np.random.Generator, samples: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    sample = samples[rng.integers(len(samples))]
    height, width = rng.integers(*_SIDES, 2)
    top = rng.integers(sample.shape[0] - height)
    left = rng.integers(sample.shape[1] - width)
    page = sample[top : top + height, left : left + width].copy()
    side = int(rng.integers(16, 48))
    rows, columns = (rng.integers(0, length - side, 2) for length in (height, width))
    patch = page[rows[0] : rows[0] + side, columns[0] : columns[0] + side].copy()
    page[rows[1] : rows[1] + side, columns[1] : columns[1] + side] = patch
    return page


def _jpeg(page: npt.NDArray[np.uint8], quality: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(page).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _fax(*pages: npt.NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    first, *others = [Image.fromarray(page) for page in pages]
    first.save(stream, "TIFF", save_all=True, append_images=others)
    return stream.getvalue()
