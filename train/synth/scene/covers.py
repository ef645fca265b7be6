"""Book covers: large type over color, few words, hard shapes."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.scene import text as say
from train.synth.scene.base import Image, Scene
from train.synth.scene.fields import person
from train.synth.scene.fonts import FontBook
from train.synth.scene.writer import Color, Sheet


def book_cover(rng: np.random.Generator, fonts: FontBook, width: int, height: int) -> Scene:
    """Return the cover of a book: title, author, publisher and number on a colored design."""
    chinese = bool(rng.random() < 0.7)
    page = Sheet(_design(rng, width, height))
    title, body = fonts.pick(rng, chinese), fonts.pick(rng, chinese)
    light = float(np.asarray(page.picture.resize((1, 1))).mean()) < 120
    ink: Color = (245, 245, 240) if light else (20, 20, 30)
    y = int(height * rng.uniform(0.08, 0.2))
    for _ in range(int(rng.integers(1, 3))):
        text = say.hanzi(rng, int(rng.integers(3, 8))) if chinese else say.value(rng, False)[:16]
        size = int(np.clip(0.8 * width / max(len(text) * (1.0 if chinese else 0.55), 1), 24, 110))
        page.write(int(width * 0.1), y, text, title, size, ink)
        y += int(size * 1.35)
    size = int(width * rng.uniform(0.025, 0.04))
    author = person(rng, chinese) + (" 著" if chinese else "")
    page.write(int(width * rng.uniform(0.1, 0.6)), y + size, author, body, size, ink)
    for line in range(int(rng.integers(0, 5))):
        blurb = say.sentence(rng, chinese, int(rng.integers(4, 9)))
        page.write(int(width * 0.1), y + (4 + 2 * line) * size, blurb, body, size, ink)
    press = say.hanzi(rng, 3) + "出版社" if chinese else say.value(rng, False)
    page.write(int(width * 0.3), int(height * 0.92), press, body, int(size * 1.2), ink)
    number = f"ISBN 978-7-{say.digits(rng, 4)}-{say.digits(rng, 4)}-{say.digits(rng, 1)}"
    page.write(int(width * 0.1), int(height * 0.86), number, fonts.pick(rng, False), size, ink)
    return page.scene("book_cover")


def _design(rng: np.random.Generator, width: int, height: int) -> Image:
    colors = rng.integers(10, 250, (2, 3)).astype(np.float32)
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    cover = np.broadcast_to(colors[0] * (1 - ramp) + colors[1] * ramp, (height, width, 3))
    picture = np.ascontiguousarray(cover.astype(np.uint8))
    for _ in range(int(rng.integers(0, 7))):
        color = tuple(int(c) for c in rng.integers(0, 256, 3))
        at = (int(rng.integers(width)), int(rng.integers(height)))
        if rng.random() < 0.5:
            radius = int(rng.integers(10, max(11, width // 3)))
            cv2.circle(picture, at, radius, color, -1 if rng.random() < 0.6 else 4, cv2.LINE_AA)
        else:
            to = (int(rng.integers(width)), int(rng.integers(height)))
            cv2.rectangle(picture, at, to, color, -1 if rng.random() < 0.3 else 3)
    return picture
