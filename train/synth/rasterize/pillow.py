"""FreeType by way of Pillow: hinted at whole pixels, or finer and averaged."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image as PilImage
from PIL import ImageDraw

from train.synth.rasterize.trim import to_ink
from train.synth.scene.fonts import load_font


def pillow(rng: np.random.Generator, text: str, font: str, size: float) -> np.ndarray:
    """Draw as editors in Python do, with or without subpixel positions, sometimes bolder."""
    finer = 1 if rng.random() < 0.6 else int(rng.integers(2, 5))
    face = load_font(font, max(6, round(size * finer)))
    stroke = int(rng.random() < 0.08) * finer // 2
    left, top, right, bottom = (int(v) for v in face.getbbox(text, stroke_width=stroke))
    pad = 2 * finer
    layer = PilImage.new("L", (max(1, right - left) + 2 * pad, max(1, bottom - top) + 2 * pad))
    shift = rng.integers(0, finer, 2)
    at = (pad - left + int(shift[0]), pad - top + int(shift[1]))
    ImageDraw.Draw(layer).text(at, text, font=face, fill=255, stroke_width=stroke)
    cover = np.asarray(layer, np.float32) / np.float32(255)
    if finer > 1:
        cells = (-(-cover.shape[1] // finer), -(-cover.shape[0] // finer))
        whole = np.zeros((cells[1] * finer, cells[0] * finer), np.float32)
        whole[: cover.shape[0], : cover.shape[1]] = cover
        cover = np.asarray(cv2.resize(whole, cells, interpolation=cv2.INTER_AREA), np.float32)
    return to_ink(cover)
