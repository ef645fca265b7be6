"""Smooth fill: what generative editors leave — plausible, and smoother than any camera."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

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
from train.synth.forgery.erase import inpaint
from train.synth.forgery.retype import fitted_text, lay_ink
from train.synth.imageops import to_uint8
from train.synth.scene.base import Image
from train.synth.scene.text import altered, invented

_CELL = 8
"""Latent diffusion models decode from cells of this many pixels (Rombach et al., CVPR 2022)."""


def smooth_fill(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Regenerate a word and its surroundings: erased or reworded, then decoded from few numbers.

    The region is passed through a coarse autoencoder by hand: its fine coefficients are lost, a
    weak pattern of the decoder's cells comes in, and its rim is blended with the page.
    """
    word = pick_word(rng, canvas, partly=0.2)
    if word is None:
        return None
    box = clip_box(canvas, word_box(word), int(rng.integers(3, 14)))
    if not is_free(canvas, box):
        return None
    model = ink_model(canvas.image, clip_box(canvas, word_box(word), 1))
    before = canvas.image[box[1] : box[3], box[0] : box[2]].astype(np.float32)
    inpaint(rng, canvas, clip_box(canvas, word_box(word), 1))
    if model is not None and rng.random() < 0.6:
        text = altered(rng, word.text).strip() or invented(rng, word.width, word.height, False)
        font = canvas.fonts.other(rng, word.font, text)
        cover, at = fitted_text(rng, text, font, word_box(word), not word.font, canvas.hands)
        lay_ink(rng, canvas, cover, at, model.ink)
    patch = canvas.image[box[1] : box[3], box[0] : box[2]]
    alpha = _rim(box, int(rng.integers(2, 6)))
    patch[:] = to_uint8(before * (1 - alpha) + _decoded(rng, patch) * alpha)
    return Touched(box)


def _decoded(rng: np.random.Generator, patch: Image) -> npt.NDArray[np.float32]:
    smooth = cv2.bilateralFilter(np.ascontiguousarray(patch), 5, float(rng.uniform(12, 40)), 3)
    soft = cv2.GaussianBlur(smooth, (0, 0), float(rng.uniform(0.45, 0.9))).astype(np.float32)
    height, width = patch.shape[:2]
    cells = (-(-height // _CELL), -(-width // _CELL))
    drift = rng.normal(0, rng.uniform(0.3, 1.5), (*cells, 3)).astype(np.float32)
    soft += cv2.resize(drift, (cells[1] * _CELL, cells[0] * _CELL))[:height, :width]
    rows, columns = np.mgrid[0:height, 0:width] * (2 * np.pi / _CELL)
    grid = (np.cos(rows) + np.cos(columns)).astype(np.float32)[..., None]
    decoded: npt.NDArray[np.float32] = soft + grid * float(rng.uniform(0.0, 0.6))
    return decoded


def _rim(box: EditBox, width: int) -> npt.NDArray[np.float32]:
    inside = np.zeros((box[3] - box[1] + 2, box[2] - box[0] + 2), np.uint8)
    inside[1:-1, 1:-1] = 1
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    return np.asarray(np.clip(distance / width, 0, 1)[..., None], np.float32)
