"""Tiles on which an exported graph is held to PyTorch's answers.

The synthetic ones look like photographed pages with a part that was pasted in, so that a trained
network has something to find. They are drawn from a fixed seed; nothing is read from disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from export.errors import ExportError
from forensics_rt.io.decode import decode
from forensics_rt.io.sources import SUFFIXES

Pixels = npt.NDArray[np.uint8]

SYNTHETIC_PER_TILE = 2
_SEED = 20_210_301
_LETTERS = "ABCDEFGHKLMNPRSTUVXYZabcdeghknoprstuvxyz0123456789"
_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_DUPLEX)


def probe_tiles(tile: int, own: Sequence[Pixels] = ()) -> Pixels:
    """Return the probes of one tile size, synthetic ones first.

    Args:
        tile: Side in pixels.
        own: Images of any size, H×W×3 RGB uint8; the middle of each that is large enough becomes
            a probe, pixels as they are.

    Returns:
        N×tile×tile×3 RGB uint8.

    Example:
        >>> probe_tiles(64).shape
        (2, 64, 64, 3)
    """
    tiles = [synthetic_page(tile, _SEED + number) for number in range(SYNTHETIC_PER_TILE)]
    for image in own:
        if (part := middle(image, tile)) is not None:
            tiles.append(part)
    return np.stack(tiles)


def middle(image: Pixels, side: int) -> Pixels | None:
    """Return the middle square of an image, pixels as they are; `None` where it is too small."""
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return image[top : top + side, left : left + side] if min(top, left) >= 0 else None


def harsh_tiles(tile: int) -> Pixels:
    """Return tiles of the greatest contrast there is, in which numbers grow largest.

    Black and white pixels by chance, a chequerboard, lines of one pixel: few real pages come near,
    and where one does no arithmetic may run over.

    Args:
        tile: Side in pixels.

    Returns:
        3×tile×tile×3 RGB uint8.
    """
    chance = np.random.default_rng(_SEED).integers(0, 2, (tile, tile, 3))
    down, across = np.mgrid[:tile, :tile]
    gray = [(down + across) % 2, down % 2]
    tiles = [chance, *(np.repeat(one[..., None], 3, axis=2) for one in gray)]
    return (np.stack(tiles) * 255).astype(np.uint8)


def read_own_images(folder: Path, least_side: int, option: str = "--probes") -> list[Pixels]:
    """Read the images of a folder, in the order of their names.

    Args:
        folder: Of images.
        least_side: Of the smallest tile that is to be cut out of them, in pixels.
        option: That named the folder.

    Raises:
        ExportError: If there is no folder, no image in it, or none that is large enough.
        ImageError: If a file with the suffix of an image cannot be read.
    """
    if not folder.is_dir():
        raise ExportError(f"{folder}: no such folder; {option} takes a folder of images")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not files:
        raise ExportError(
            f"{folder}: holds no image; expected one of {', '.join(sorted(SUFFIXES))}"
        )
    images = [decode(path).pixels for path in files]
    if all(min(image.shape[:2]) < least_side for image in images):
        raise ExportError(
            f"{folder}: no image there is {least_side} pixels wide and high, as the smallest tile "
            "is; give larger images"
        )
    return images


def synthetic_page(side: int, seed: int) -> Pixels:
    """Return a page: paper in uneven light, ruled text, a stamp, a pasted part, noise and JPEG.

    Args:
        side: Of the square tile, in pixels.
        seed: The same seed gives the same page with the same versions of numpy and OpenCV.

    Returns:
        side×side×3 RGB uint8.
    """
    random = np.random.default_rng((seed, side))
    page = _paper(side, random)
    for line in _baselines(side, random):
        _write(page, line, random)
    _draw_form(page, random)
    page = _jpeg(_with_noise(page, random.uniform(1.0, 3.0), random), int(random.integers(70, 90)))
    _paste(page, random)
    return _jpeg(page, int(random.integers(85, 96)))


def _paper(side: int, random: np.random.Generator) -> Pixels:
    coarse = random.uniform(-18.0, 18.0, (4, 4, 3)).astype(np.float32)
    light = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    fibres = cv2.GaussianBlur(random.normal(0.0, 6.0, (side, side, 1)), (0, 0), 1.5)[..., None]
    color = random.uniform((215, 210, 195), (245, 240, 235))
    return np.clip(color + light + fibres, 0, 255).astype(np.uint8)


def _baselines(side: int, random: np.random.Generator) -> Iterable[int]:
    return range(24, side, int(random.integers(22, 40)))


def _write(page: Pixels, baseline: int, random: np.random.Generator) -> None:
    words = ("".join(random.choice(list(_LETTERS), random.integers(2, 10))) for _ in range(60))
    font, scale = _FONTS[random.integers(len(_FONTS))], float(random.uniform(0.4, 0.8))
    ink = tuple(int(value) for value in random.integers(10, 90, 3))
    cv2.putText(page, " ".join(words), (8, baseline), font, scale, ink, 1, cv2.LINE_AA)


def _draw_form(page: Pixels, random: np.random.Generator) -> None:
    side = len(page)
    for place in random.integers(0, side, 3).tolist():
        cv2.line(page, (0, place), (side, place), (90, 90, 110), 1, cv2.LINE_AA)
        cv2.line(page, (place, 0), (place, side), (90, 90, 110), 1, cv2.LINE_AA)
    center = tuple(random.integers(side // 4, side - side // 4, 2).tolist())
    cv2.circle(page, center, side // 7, (190, 40, 50), max(2, side // 150), cv2.LINE_AA)


def _paste(page: Pixels, random: np.random.Generator) -> None:
    """Cover one part of the page with another, resampled and smoother than what surrounds it."""
    side = len(page)
    height, width = side // 6, side // 3
    (top, to_top), (left, to_left) = (
        random.integers(0, side - extent, 2).tolist() for extent in (height, width)
    )
    part = page[top : top + height, left : left + width]
    smaller = cv2.resize(part, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    page[to_top : to_top + height, to_left : to_left + width] = cv2.resize(
        smaller, (width, height), interpolation=cv2.INTER_CUBIC
    )


def _with_noise(page: Pixels, deviation: float, random: np.random.Generator) -> Pixels:
    noisy = page + random.normal(0.0, deviation, page.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _jpeg(page: Pixels, quality: int) -> Pixels:
    _, encoded = cv2.imencode(".jpg", page[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return decode(encoded.tobytes()).pixels
