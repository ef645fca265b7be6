"""Stamp and signature: ink that never touched the paper, pasted with an editor."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.forgery.base import Canvas, Touched, clip_box
from train.synth.scene.seal import make_seal, press
from train.synth.scene.signature import make_signature


def stamp(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Paste a clean seal somewhere; the whole disc counts as forged."""
    size = int(rng.integers(60, 190))
    if size + 8 > min(canvas.width, canvas.height):
        return None
    x = int(rng.integers(0, canvas.width - size))
    y = int(rng.integers(0, canvas.height - size))
    box = clip_box(canvas, (x, y, x + size, y + size))
    if canvas.mask[box[1] : box[3], box[0] : box[2]].any():
        return None
    touched = press(canvas.image, make_seal(rng, canvas.fonts, size), x, y)
    inked = touched[box[1] : box[3], box[0] : box[2]]
    if not inked.any():
        return None
    ys, xs = np.nonzero(inked)
    rows, columns = np.ogrid[: inked.shape[0], : inked.shape[1]]
    radius = max(np.ptp(xs), np.ptp(ys)) / 2 + 1
    disc = (rows - (ys.min() + ys.max()) / 2) ** 2 + (
        columns - (xs.min() + xs.max()) / 2
    ) ** 2 <= radius**2
    return Touched(box, disc | inked)


def paste_signature(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Paste a clean signature; the filled outline of its strokes counts as forged."""
    width, height = int(rng.integers(80, 220)), int(rng.integers(28, 80))
    if width + 8 > canvas.width or height + 8 > canvas.height:
        return None
    x, y = int(rng.integers(0, canvas.width - width)), int(rng.integers(0, canvas.height - height))
    box = (x, y, x + width, y + height)
    if canvas.mask[box[1] : box[3], box[0] : box[2]].any():
        return None
    touched = press(canvas.image, make_signature(rng, width, height), x, y)
    inked = touched[box[1] : box[3], box[0] : box[2]].astype(np.uint8)
    if not inked.any():
        return None
    closed = cv2.morphologyEx(inked, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return Touched(box, (np.asarray(closed, np.uint8) | inked) > 0)
