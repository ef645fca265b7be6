"""Seals: a ring or a frame with characters, as a transparent layer of ink."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as PilImage
from PIL import ImageDraw

from train.synth.scene.base import Image
from train.synth.scene.fonts import FontBook, load_font
from train.synth.scene.text import hanzi


@dataclass(frozen=True)
class Seal:
    """Ink of one color.

    Attributes:
        cover: H×W float32, 0..1, how much ink lies where.
        ink: RGB.
    """

    cover: npt.NDArray[np.float32]
    ink: tuple[int, int, int]


def make_seal(rng: np.random.Generator, fonts: FontBook, size: int) -> Seal:
    """Return a round or square seal of about `size` pixels."""
    ink = (int(rng.integers(170, 240)), int(rng.integers(10, 70)), int(rng.integers(10, 80)))
    if rng.random() < 0.1:
        ink = (int(rng.integers(10, 70)), int(rng.integers(20, 90)), int(rng.integers(130, 220)))
    draw = _square if rng.random() < 0.25 else _round
    cover = np.asarray(draw(rng, fonts, size), np.float32) / 255.0
    angle = float(rng.normal(0, 12))
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), angle, 1.0)
    cover = np.asarray(cv2.warpAffine(cover, turn, (size, size)), np.float32)
    if rng.random() < 0.6:  # worn rubber
        worn = rng.normal(0.85, 0.35, (size // 3 + 1, size // 3 + 1)).astype(np.float32)
        cover *= np.clip(cv2.resize(worn, (size, size)), 0.1, 1.0)
    return Seal(cover * float(rng.uniform(0.6, 1.0)), ink)


def press(image: Image, seal: Seal, x: int, y: int) -> npt.NDArray[np.bool_]:
    """Print a seal over an image, in place.

    Args:
        image: H×W×3 uint8 RGB, changed in place.
        seal: The seal.
        x: Left edge; the part outside the image is lost.
        y: Upper edge.

    Returns:
        H×W bool, where ink lies.
    """
    height, width = image.shape[:2]
    side_y, side_x = seal.cover.shape
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side_x, width), min(y + side_y, height)
    touched = np.zeros((height, width), bool)
    if x1 <= x0 or y1 <= y0:
        return touched
    cover = seal.cover[y0 - y : y1 - y, x0 - x : x1 - x, None]
    paper = image[y0:y1, x0:x1].astype(np.float32)
    inked = paper * (np.asarray(seal.ink, np.float32) / 255.0)
    image[y0:y1, x0:x1] = np.clip(paper * (1 - cover) + inked * cover, 0, 255).astype(np.uint8)
    touched[y0:y1, x0:x1] = cover[..., 0] > 0.02
    return touched


def _round(rng: np.random.Generator, fonts: FontBook, size: int) -> PilImage.Image:
    layer = PilImage.new("L", (size, size))
    draw = ImageDraw.Draw(layer)
    ring = max(2, size // int(rng.integers(22, 45)))
    draw.ellipse((1, 1, size - 2, size - 2), outline=255, width=ring)
    _star(draw, size / 2, size / 2, size * 0.16)
    font = fonts.pick(rng, True)
    letters = hanzi(rng, int(rng.integers(7, 13)))
    glyph = max(8, int(size * 0.15))
    sweep = np.radians(260)
    for index, char in enumerate(letters):
        angle = -np.pi / 2 + sweep * (index / (len(letters) - 1) - 0.5)
        cell = PilImage.new("L", (glyph * 2, glyph * 2))
        ImageDraw.Draw(cell).text(
            (glyph // 2, glyph // 2), char, font=load_font(font, glyph), fill=255
        )
        cell = cell.rotate(-np.degrees(angle) - 90, PilImage.Resampling.BILINEAR)
        radius = size / 2 - ring - glyph * 0.85
        at = (
            int(size / 2 + radius * np.cos(angle) - glyph),
            int(size / 2 + radius * np.sin(angle) - glyph),
        )
        layer.paste(255, at, cell)
    if rng.random() < 0.6:
        face = load_font(font, max(8, size // 10))
        draw.text((size * 0.32, size * 0.72), "专用章", font=face, fill=255)
    return layer


def _square(rng: np.random.Generator, fonts: FontBook, size: int) -> PilImage.Image:
    layer = PilImage.new("L", (size, size))
    draw = ImageDraw.Draw(layer)
    ring = max(2, size // 20)
    draw.rectangle((1, 1, size - 2, size - 2), outline=255, width=ring)
    face = load_font(fonts.pick(rng, True), int(size * 0.38))
    text = hanzi(rng, 4)
    for index, char in enumerate(text):
        at = (size * (0.52 - 0.42 * (index // 2)), size * (0.05 + 0.43 * (index % 2)))
        draw.text(at, char, font=face, fill=255)
    return layer


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    angles = [-np.pi / 2 + i * np.pi / 5 for i in range(10)]
    radii = [radius if i % 2 == 0 else radius * 0.4 for i in range(10)]
    points = [
        (x + r * float(np.cos(a)), y + r * float(np.sin(a)))
        for r, a in zip(radii, angles, strict=True)
    ]
    draw.polygon(points, fill=255)
