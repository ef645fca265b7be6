"""Retouching: a stretch is made sharper, or softer, than the page it lies on."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.forgery.base import Canvas, Touched
from train.synth.forgery.conceal import stretch


def sharpen_stretch(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Sharpen a stretch of text, as one does to make a pasted word match."""
    box = stretch(rng, canvas)
    if box is None:
        return None
    patch = canvas.image[box[1] : box[3], box[0] : box[2]]
    soft = cv2.GaussianBlur(patch, (0, 0), float(rng.uniform(0.8, 2.0)))
    gain = float(rng.uniform(0.6, 2.5))
    patch[:] = cv2.addWeighted(patch, 1 + gain, soft, -gain, 0)
    return Touched(box)


def soften_stretch(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Blur a stretch slightly, so that it stays legible."""
    box = stretch(rng, canvas)
    if box is None:
        return None
    patch = canvas.image[box[1] : box[3], box[0] : box[2]]
    patch[:] = cv2.GaussianBlur(patch, (0, 0), float(rng.uniform(0.7, 1.4)))
    return Touched(box)
