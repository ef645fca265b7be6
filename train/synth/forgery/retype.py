"""Retyping: a word is erased and another one written in nearly the same hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PilImage
from PIL import ImageDraw

from train.synth.forgery.base import (
    Canvas,
    EditBox,
    Hands,
    Touched,
    clip_box,
    ink_model,
    is_free,
    pick_word,
    union,
    word_box,
)
from train.synth.forgery.erase import erase
from train.synth.rasterize import RASTERIZERS
from train.synth.scene.base import Word
from train.synth.scene.fonts import load_font
from train.synth.scene.text import altered, invented

_HEAVY = 3_000_000
"""Bytes of a typeface from which PDFium takes seconds to open it."""


def retype(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Replace a word by a rendered one of similar size and color."""
    word = pick_word(rng, canvas, partly=0.4)
    if word is None:
        return None
    box = clip_box(canvas, word_box(word), int(rng.integers(0, 3)))
    model = ink_model(canvas.image, box)
    if model is None:
        return None
    chinese = any(ord(c) > 0x2E80 for c in word.text) or (not word.text and rng.random() < 0.3)
    text = altered(rng, word.text) if word.text else ""
    text = text.strip() or invented(rng, word.width, word.height, chinese)
    font = font_for(rng, canvas, word, text)
    target = (word.x0, word.y0, word.x1, word.y1)
    cover, at = fitted_text(rng, text, font, target, not word.font, canvas.hands)
    place = clip_box(canvas, (at[0], at[1], at[0] + cover.shape[1], at[1] + cover.shape[0]))
    whole = union(box, place)
    if not is_free(canvas, whole):
        return None
    erase(rng, canvas, box)
    lay_ink(rng, canvas, cover, at, model.ink)
    return Touched(whole)


def add_text(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Write a new word where the page is blank, like a word elsewhere on it."""
    word = pick_word(rng, canvas, partly=0.0)
    if word is None:
        return None
    model = ink_model(canvas.image, clip_box(canvas, word_box(word), 1))
    if model is None:
        return None
    place = blank_place(rng, canvas, word.width, word.height)
    if place is None:
        return None
    chinese = any(ord(c) > 0x2E80 for c in word.text)
    text = altered(rng, word.text).strip() or invented(rng, word.width, word.height, chinese)
    font = font_for(rng, canvas, word, text)
    cover, at = fitted_text(rng, text, font, place, not word.font, canvas.hands)
    box = clip_box(canvas, (at[0], at[1], at[0] + cover.shape[1], at[1] + cover.shape[0]))
    if not is_free(canvas, box):
        return None
    lay_ink(rng, canvas, cover, at, model.ink)
    return Touched(box)


def blank_place(
    rng: np.random.Generator, canvas: Canvas, width: int, height: int
) -> EditBox | None:
    """Return a quiet, unedited box of the given size, or None."""
    best, calm = None, 30.0
    for _ in range(12):
        if canvas.width <= width + 8 or canvas.height <= height + 8:
            return None
        x = int(rng.integers(4, canvas.width - width - 3))
        y = int(rng.integers(4, canvas.height - height - 3))
        box = (x, y, x + width, y + height)
        if not is_free(canvas, box):
            continue
        spread = float(canvas.image[y : y + height, x : x + width, 1].std())
        if spread < calm:
            best, calm = box, spread
    return best


def font_for(rng: np.random.Generator, canvas: Canvas, word: Word, text: str) -> str:
    """Return a typeface for `text`: that of the word, one that runs as wide as it, or any."""
    font = canvas.fonts.other(rng, word.font, text)
    if canvas.hands is None or word.font or not word.text or rng.random() < 0.35:
        return font
    chinese = any(ord(c) > 0x2E80 for c in word.text + text)
    wanted = word.width / max(word.height, 1)

    def misfit(path: str) -> float:
        left, top, right, bottom = load_font(path, 64).getbbox(word.text)
        return abs((right - left) / max(bottom - top, 1.0) / wanted - 1)

    return min((canvas.fonts.pick(rng, chinese) for _ in range(6)), key=misfit)


def fitted_text(
    rng: np.random.Generator,
    text: str,
    font: str,
    box: EditBox,
    free_height: bool,
    hands: Hands | None = None,
) -> tuple[np.ndarray, tuple[int, int]]:
    """Render text so that it fills a box.

    Args:
        rng: Source of randomness.
        text: What to write.
        font: Font file.
        box: Box to fill.
        free_height: True if the height may differ by some per cent from the box.
        hands: Programs that edit; without them Pillow draws, at whole pixels.

    Returns:
        H×W or H×W×3 float32 cover in 0..1 and the place of its upper left corner.
    """
    trial = load_font(font, 64).getbbox(text)
    tall = max(8, trial[3] - trial[1])
    spread = float(rng.normal(1.0, 0.06)) if free_height else float(rng.normal(1.0, 0.025))
    wanted = 64 * (box[3] - box[1]) / tall * spread
    if hands is not None:
        return drawn_by_hands(rng, text, font, box, float(np.clip(wanted, 8, 160)), hands)
    size = int(np.clip(wanted, 8, 90))
    face = load_font(font, size)
    left, top, right, bottom = (int(v) for v in face.getbbox(text))
    layer = PilImage.new("L", (max(1, right - left) + 2, max(1, bottom - top) + 2))
    ImageDraw.Draw(layer).text((1 - left, 1 - top), text, font=face, fill=255)
    if rng.random() < 0.3:  # match the width as well, as scaled pasted text does
        wide = int(np.clip(box[2] - box[0], layer.width * 0.8, layer.width * 1.25))
        layer = layer.resize((wide, layer.height), PilImage.Resampling.BICUBIC)
    cover = np.asarray(layer, np.float32) / 255.0
    if rng.random() < 0.55:
        sigma = float(rng.uniform(0.3, 1.0))
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), sigma), np.float32)
    jitter = rng.integers(-1, 2, 2)
    return cover, (box[0] - 1 + int(jitter[0]), box[3] - cover.shape[0] + 1 + int(jitter[1]))


def drawn_by_hands(
    rng: np.random.Generator, text: str, font: str, box: EditBox, size: float, hands: Hands
) -> tuple[np.ndarray, tuple[int, int]]:
    """Draw text by one of several programs, matched to the page well or badly.

    Returns:
        H×W or H×W×3 float32 cover in 0..1 and the place of its upper left corner.
    """
    name = hands.rasterizers[int(rng.integers(len(hands.rasterizers)))]
    if name == "pdfium" and "skia" in hands.rasterizers and Path(font).stat().st_size > _HEAVY:
        name = "skia"
    cover = np.asarray(RASTERIZERS[name](rng, text, font, size), np.float32)
    if rng.random() < 0.3:  # scaled to the width of what was there
        wide = int(np.clip(box[2] - box[0], cover.shape[1] * 0.8, cover.shape[1] * 1.25))
        bent = cv2.resize(cover, (max(1, wide), cover.shape[0]), interpolation=cv2.INTER_CUBIC)
        cover = np.clip(bent, 0, 1)
    if rng.random() < 0.4:
        sigma = float(rng.uniform(0.3, 0.9))
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), sigma), np.float32)
    if rng.random() < 0.35:  # thinner or heavier strokes
        cover = cover ** float(rng.uniform(0.7, 1.4))
    jitter = rng.integers(-1, 2, 2)
    at = (box[0] - 1 + int(jitter[0]), box[3] - cover.shape[0] + 1 + int(jitter[1]))
    return np.asarray(cover, np.float32), at


def lay_ink(
    rng: np.random.Generator,
    canvas: Canvas,
    cover: np.ndarray,
    at: tuple[int, int],
    ink: np.ndarray,
) -> None:
    """Blend ink into the page where `cover` says so, with a slight error of color."""
    x, y = at
    height, width = cover.shape[:2]
    x0, y0, x1, y1 = clip_box(canvas, (x, y, x + width, y + height))
    if x1 <= x0 or y1 <= y0:
        return
    alpha = cover[y0 - y : y1 - y, x0 - x : x1 - x]
    alpha = alpha if alpha.ndim == 3 else alpha[..., None]
    if canvas.hands is not None and rng.random() < 0.55:  # the color is picked from the page
        color = ink
    else:
        color = np.clip(ink + rng.normal(0, 6, 3), 0, 255) if rng.random() < 0.8 else ink * 0
    patch = canvas.image[y0:y1, x0:x1].astype(np.float32)
    mixed = patch * (1 - alpha) + color * alpha
    if rng.random() < 0.2:
        mixed += alpha * rng.normal(0, 6, patch.shape)
    canvas.image[y0:y1, x0:x1] = np.clip(mixed + 0.5, 0, 255)
