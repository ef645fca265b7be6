"""Concealing: words made illegible by mosaic, blur or brush strokes."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.forgery.base import (
    Canvas,
    EditBox,
    Touched,
    clip_box,
    ink_model,
    is_free,
    pick_word,
    word_box,
)


def stretch(rng: np.random.Generator, canvas: Canvas) -> EditBox | None:
    """Return the box of a word, sometimes with what follows it on the line."""
    word = pick_word(rng, canvas)
    if word is None:
        return None
    x0, y0, x1, y1 = word_box(word)
    if rng.random() < 0.3:
        x1 += int(rng.uniform(0.3, 1.5) * word.width)
    box = clip_box(canvas, (x0, y0, x1, y1), int(rng.integers(0, 6)))
    return box if is_free(canvas, box) else None


def mosaic(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Replace a stretch of text by coarse blocks."""
    box = stretch(rng, canvas)
    if box is None:
        return None
    block = int(rng.integers(4, 15))
    width, height = box[2] - box[0], box[3] - box[1]
    patch = canvas.image[box[1] : box[3], box[0] : box[2]]
    cells = (max(1, -(-width // block)), max(1, -(-height // block)))
    small = cv2.resize(patch, cells, interpolation=cv2.INTER_AREA)
    patch[:] = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return Touched(box)


def smear(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Blur a stretch of text: round, median or along the line."""
    box = stretch(rng, canvas)
    if box is None:
        return None
    patch = canvas.image[box[1] : box[3], box[0] : box[2]]
    mode = int(rng.integers(3))
    if mode == 0:
        patch[:] = cv2.GaussianBlur(patch, (0, 0), float(rng.uniform(1.3, 6)))
    elif mode == 1:
        patch[:] = cv2.medianBlur(np.ascontiguousarray(patch), int(rng.integers(2, 6)) * 2 + 1)
    else:
        patch[:] = cv2.blur(patch, (int(rng.integers(5, 22)), 1))
    return Touched(box)


def brush(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Draw over a stretch of text with a hard or soft brush."""
    box = stretch(rng, canvas)
    if box is None:
        return None
    model = ink_model(canvas.image, box)
    if rng.random() < 0.2:  # the brush as the editor offers it, on paper that is not quite white
        color = np.full(3, 255.0)
    elif model is not None and rng.random() < 0.45:
        color = model.paper.astype(np.float64) + rng.normal(0, 3, 3)
    else:
        color = rng.uniform(0, 255, 3) if rng.random() < 0.4 else np.full(3, 8.0)
    width, height = box[2] - box[0], box[3] - box[1]
    layer = np.zeros((height, width), np.uint8)
    thick = max(3, int(height * rng.uniform(0.3, 0.8)))
    count = int(rng.integers(2, 6))
    xs = np.linspace(thick / 2, width - thick / 2, count) + rng.normal(0, 3, count)
    ys = rng.uniform(0.35, 0.65, count) * height
    path = np.stack([xs, ys], 1).astype(np.int32)
    cv2.polylines(layer, [path], False, 255, thick, cv2.LINE_AA)
    alpha = layer.astype(np.float32) / 255
    if rng.random() < 0.4:
        alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.5), np.float32)
    alpha = (alpha * (1.0 if rng.random() < 0.7 else rng.uniform(0.6, 0.95)))[..., None]
    patch = canvas.image[box[1] : box[3], box[0] : box[2]]
    patch[:] = np.clip(patch * (1 - alpha) + color * alpha + 0.5, 0, 255).astype(np.uint8)
    return Touched(box, alpha[..., 0] > 0.01)
