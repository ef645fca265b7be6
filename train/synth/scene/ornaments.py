"""Honest things that look like forgeries: they are on the page before anybody captures it.

A network that has not seen them authentic will report every seal and every heading.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from train.synth.imageops import to_uint8
from train.synth.scene import text as say
from train.synth.scene.base import Image
from train.synth.scene.fonts import load_font
from train.synth.scene.seal import make_seal, press
from train.synth.scene.signature import make_signature
from train.synth.scene.writer import Sheet
from train.synth.sources import Sources

Ornament = Callable[[np.random.Generator, Sources, Image], None]
"""Draws on an H×W×3 uint8 RGB page in place."""


def seal(rng: np.random.Generator, sources: Sources, page: Image) -> None:
    """Press a seal, often over text."""
    size = int(rng.integers(70, 220))
    press(page, make_seal(rng, sources.fonts, size), *_corner(rng, page, size, size))


def sign(rng: np.random.Generator, sources: Sources, page: Image) -> None:
    """Sign with a pen."""
    width, height = int(rng.integers(80, 240)), int(rng.integers(30, 90))
    press(page, make_signature(rng, width, height), *_corner(rng, page, width, height))


def photograph(rng: np.random.Generator, sources: Sources, page: Image) -> None:
    """Glue a photograph on, as on a licence or a school report."""
    if not sources.photos.files:
        return
    photo = sources.photos.load(sources.photos.pick(rng))
    width, height = int(rng.integers(60, 240)), int(rng.integers(60, 280))
    factor = max(width / photo.shape[1], height / photo.shape[0])
    factor = float(min(1.0, factor * rng.uniform(1.0, 1.6)))
    small = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    piece = small[:height, :width]
    x, y = _corner(rng, page, piece.shape[1], piece.shape[0])
    page[y : y + piece.shape[0], x : x + piece.shape[1]] = piece


def watermark(rng: np.random.Generator, sources: Sources, page: Image) -> None:
    """Repeat pale slanted words across the page."""
    chinese = bool(rng.random() < 0.6)
    text = say.hanzi(rng, 4) if chinese else say.value(rng, False)[:12]
    font = load_font(sources.fonts.pick(rng, chinese), int(rng.integers(18, 60)))
    cell = Sheet(np.zeros((int(rng.integers(140, 320)), int(rng.integers(220, 420)), 3), np.uint8))
    cell.draw.text((20, 40), text, font=font, fill=(255, 255, 255))
    cover = np.asarray(cell.picture.rotate(float(rng.uniform(10, 40))))[..., 0]
    times = (-(-page.shape[0] // cover.shape[0]), -(-page.shape[1] // cover.shape[1]))
    tiled = np.tile(cover, times)[: page.shape[0], : page.shape[1], None].astype(np.float32) / 255
    alpha = tiled * float(rng.uniform(0.05, 0.3))
    page[:] = to_uint8(page * (1 - alpha) + rng.uniform(60, 200, 3) * alpha)


def redaction_bar(rng: np.random.Generator, sources: Sources, page: Image) -> None:
    """Black out, gray out or mosaic a line that the form itself keeps secret."""
    width, height = int(rng.integers(50, 260)), int(rng.integers(12, 40))
    x, y = _corner(rng, page, width, height)
    spot = page[y : y + height, x : x + width]
    if rng.random() < 0.3:
        block = int(rng.integers(5, 14))
        cells = (max(1, spot.shape[1] // block), max(1, spot.shape[0] // block))
        small = cv2.resize(spot, cells, interpolation=cv2.INTER_AREA)
        spot[:] = cv2.resize(small, spot.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    else:
        spot[:] = int(rng.integers(0, 60)) if rng.random() < 0.7 else int(rng.integers(120, 220))


def logo(rng: np.random.Generator, sources: Sources, page: Image) -> None:
    """Print a mark of hard shapes in strong color with a word in it."""
    width, height = int(rng.integers(40, 180)), int(rng.integers(30, 110))
    x, y = _corner(rng, page, width, height)
    mark = Sheet(np.ascontiguousarray(page[y : y + height, x : x + width]))
    color = tuple(int(c) for c in rng.integers(0, 230, 3))
    if rng.random() < 0.5:
        mark.draw.ellipse((2, 2, width - 3, height - 3), fill=color)
    else:
        mark.draw.rounded_rectangle((2, 2, width - 3, height - 3), 8, fill=color)
    chinese = bool(rng.random() < 0.5)
    text = say.hanzi(rng, 2) if chinese else say.value(rng, False)[:5]
    font = load_font(sources.fonts.pick(rng, chinese), max(10, height // 2))
    mark.draw.text((width // 8, height // 6), text, font=font, fill=(255, 255, 255))
    page[y : y + height, x : x + width] = np.asarray(mark.picture)


def paste_label(rng: np.random.Generator, sources: Sources, page: Image) -> None:
    """Stick a paper label on: another paper, another typeface, a hard edge."""
    width, height = int(rng.integers(70, 260)), int(rng.integers(24, 70))
    x, y = _corner(rng, page, width, height)
    sticker = Sheet(np.full((height, width, 3), rng.integers(205, 256, 3), np.uint8))
    size = max(11, int(height * rng.uniform(0.35, 0.7)))
    text = say.code(rng) if rng.random() < 0.6 else say.date(rng, False)
    dark = int(rng.integers(0, 60))
    sticker.write(6, (height - size) // 2, text, sources.fonts.pick(rng, False), size, (dark,) * 3)
    page[y : y + height, x : x + width] = np.asarray(sticker.picture)


def bar_code(rng: np.random.Generator, sources: Sources, page: Image) -> None:
    """Print bars, or the cells of a square code."""
    if rng.random() < 0.5:
        bars = np.repeat(rng.integers(0, 2, 60), rng.integers(1, 4, 60))
        code = np.tile(bars, (int(rng.integers(25, 70)), 1))
    else:
        cell = int(rng.integers(2, 6))
        code = np.kron(rng.integers(0, 2, (25, 25)), np.ones((cell, cell), np.int64))
    height, width = (min(a, b) for a, b in zip(code.shape, page.shape[:2], strict=True))
    x, y = _corner(rng, page, width, height)
    page[y : y + height, x : x + width] = (code[:height, :width, None] * 245 + 8).astype(np.uint8)


def highlight(rng: np.random.Generator, sources: Sources, page: Image) -> None:
    """Draw over a line with a marker pen."""
    width, height = int(rng.integers(80, 320)), int(rng.integers(14, 34))
    x, y = _corner(rng, page, width, height)
    tint = np.array(((255, 250, 90), (170, 255, 140), (255, 170, 210))[int(rng.integers(3))])
    spot = page[y : y + height, x : x + width]
    spot[:] = to_uint8(spot * (tint / 255.0))


ORNAMENTS: dict[str, tuple[float, Ornament]] = {
    "seal": (0.32, seal),
    "photograph": (0.12, photograph),
    "logo": (0.1, logo),
    "signature": (0.1, sign),
    "bar_code": (0.08, bar_code),
    "label": (0.08, paste_label),
    "watermark": (0.08, watermark),
    "redaction_bar": (0.07, redaction_bar),
    "highlight": (0.05, highlight),
}
"""Name → weight and function; a new hard negative is a new entry."""


def adorn(
    rng: np.random.Generator, sources: Sources, page: Image, most: int = 4
) -> tuple[str, ...]:
    """Put up to `most` honest ornaments on a page, in place, and return their names."""
    names = tuple(ORNAMENTS)
    weights = np.array([weight for weight, _ in ORNAMENTS.values()])
    picks = rng.choice(len(names), int(rng.integers(0, most + 1)), p=weights / weights.sum())
    for pick in picks:
        ORNAMENTS[names[int(pick)]][1](rng, sources, page)
    return tuple(names[int(pick)] for pick in picks)


def _corner(rng: np.random.Generator, page: Image, width: int, height: int) -> tuple[int, int]:
    return (
        int(rng.integers(0, max(1, page.shape[1] - width))),
        int(rng.integers(0, max(1, page.shape[0] - height))),
    )
