"""Honest traces of use on real paper: the holes of a punch and of a stapler.

They are there before anybody forges the page. Real scans bring some along, too few to learn from.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from train.synth.imageops import to_uint8
from train.synth.scene.base import Image

Wear = Callable[[np.random.Generator, Image], None]
"""Changes an H×W×3 uint8 RGB page in place."""
WearCover = npt.NDArray[np.float32]
"""Square, 0..1: how much of the paper is gone."""

_FINER = 3  # shapes are drawn in pixels of a third of the side, then averaged


def punched_holes(rng: np.random.Generator, page: Image) -> None:
    """Punch one to three holes in a row; the bed or the lid of the scanner shows through."""
    height, width = page.shape[:2]
    radius = float(rng.uniform(0.018, 0.05)) * min(width, 1200)
    softness = float(rng.uniform(0.3, 1.2))
    behind, rim = _behind(rng)
    x = float(rng.choice((rng.uniform(0, 0.2), rng.uniform(0.8, 1.0), rng.random()))) * width
    y, apart = float(rng.random()) * height, radius * float(rng.uniform(8, 18))
    for index in range(int(rng.integers(1, 4))):
        center = (x + float(rng.normal(0, 2)), (y + index * apart) % height)
        cover = _blob(rng, radius, softness)
        if rim:
            _shade(rng, page, cover, center, rim)
        _see_through(rng, page, cover, center, behind)


def staple_holes(rng: np.random.Generator, page: Image) -> None:
    """Leave the marks of a stapler: a few dark pricks near the upper edge."""
    height, width = page.shape[:2]
    x, y = float(rng.random()) * width, float(rng.uniform(0, 0.15)) * height
    for _ in range(int(rng.integers(2, 9))):
        center = (x + float(rng.normal(0, 40)), y + float(rng.normal(0, 25)))
        cover = _blob(rng, float(rng.uniform(1.5, 5)), float(rng.uniform(0.4, 1.0)), rough=0.5)
        _see_through(rng, page, cover, center, np.full(3, rng.uniform(0, 70)))


WEAR: dict[str, tuple[float, Wear]] = {
    "punched_holes": (0.35, punched_holes),
    "staple_holes": (0.12, staple_holes),
}
"""Name → chance on a page and function."""


def wear_out(rng: np.random.Generator, page: Image) -> tuple[str, ...]:
    """Put traces of use on a page, in place, and return their names."""
    done = tuple(name for name, (chance, _) in WEAR.items() if rng.random() < chance)
    for name in done:
        WEAR[name][1](rng, page)
    return done


def _behind(rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], float]:
    """Return the RGB behind the paper, and how many levels darker its rim is."""
    chance = rng.random()
    if chance < 0.5:  # an open lid
        return np.full(3, rng.uniform(0, 40)), 0.0
    rim = float(rng.uniform(5, 70))
    if chance < 0.9:  # a closed, white one: only the shadow of the rim is seen
        return np.full(3, rng.uniform(225, 256)), rim
    return rng.uniform(90, 220, 3), rim


def _blob(
    rng: np.random.Generator, radius: float, softness: float, rough: float = 0.06
) -> WearCover:
    """Return the cover of a round hole with an uneven rim."""
    side = 2 * int(np.ceil(radius * (1 + 2 * rough) + 3 * softness)) + 1
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    rim = radius * (1 + rough * np.sin(3 * angles + rng.uniform(0, 6)) * rng.uniform(0, 1))
    points = side / 2 + np.stack([np.cos(angles), np.sin(angles)], 1) * rim[:, None]
    cover = np.zeros((side * _FINER, side * _FINER), np.uint8)
    cv2.fillPoly(cover, [(points * _FINER).astype(np.int32)], 255)
    small = cv2.resize(cover, (side, side), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small.astype(np.float32) / 255, (0, 0), softness)
    return np.asarray(soft, np.float32)


def _shade(
    rng: np.random.Generator,
    page: Image,
    cover: WearCover,
    center: tuple[float, float],
    levels: float,
) -> None:
    """Darken the rim, more on the side that is turned away from the lamp."""
    side = cover.shape[0] + 8
    outer = cv2.resize(cover, (side, side), interpolation=cv2.INTER_LINEAR)
    rows, columns = np.mgrid[:side, :side] - side / 2
    turned = np.cos(np.arctan2(rows, columns) - rng.uniform(0, 2 * np.pi))
    share = outer * (0.4 + 0.6 * turned).clip(0) * float(rng.uniform(0.3, 1.0))
    spot, cut = _place(page, side, center)
    page[spot] = to_uint8(page[spot] - levels * share[cut][..., None])


def _see_through(
    rng: np.random.Generator,
    page: Image,
    cover: WearCover,
    center: tuple[float, float],
    behind: npt.NDArray[np.float64],
) -> None:
    spot, cut = _place(page, cover.shape[0], center)
    share = cover[cut][..., None]
    seen = behind + rng.normal(0, rng.uniform(0, 3), share.shape)
    page[spot] = to_uint8(page[spot] * (1 - share) + seen * share)


def _place(
    page: Image, side: int, center: tuple[float, float]
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where a square lies on the page, and which part of it does; both may be empty."""
    on_page, of_square = [], []
    for at, length in zip(reversed(center), page.shape[:2], strict=True):
        first = round(at) - side // 2
        low, high = min(max(first, 0), length), min(max(first + side, 0), length)
        on_page.append(slice(low, high))
        of_square.append(slice(low - first, high - first))
    return (on_page[0], on_page[1]), (of_square[0], of_square[1])
