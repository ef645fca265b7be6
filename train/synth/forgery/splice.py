"""Splicing: pieces of another document or photograph."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.forgery.base import Canvas, Touched, clip_box, pick_word, word_box
from train.synth.forgery.copy_move import blend
from train.synth.forgery.retype import blank_place
from train.synth.imageops import resized, to_uint8


def splice_word(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Put a word of another document over one of this page, scaled to its height."""
    target = pick_word(rng, canvas)
    donors = [w for w in canvas.donor.words if w.height >= 9 and w.width >= 10]
    if target is None or not donors:
        return None
    donor = donors[int(rng.integers(len(donors)))]
    image = canvas.donor.image
    piece = image[max(0, donor.y0 - 2) : donor.y1 + 2, max(0, donor.x0 - 2) : donor.x1 + 2]
    old = clip_box(canvas, word_box(target), 2)
    height = old[3] - old[1]
    width = min(max(6, round(piece.shape[1] * height / piece.shape[0])), 2 * (old[2] - old[0]))
    width = min(width, canvas.width - old[0])
    box = (old[0], old[1], max(old[2], old[0] + width), old[3])
    if canvas.mask[box[1] : box[3], box[0] : box[2]].any():
        return None
    if rng.random() < 0.6:
        width = box[2] - box[0]
    piece = resized(piece, (width, height), cv2.INTER_LINEAR)
    if rng.random() < 0.6:
        paper = np.median(canvas.image[old[1] : old[3], old[0] : old[2]].reshape(-1, 3), 0)
        piece = to_uint8(piece + (paper - np.median(piece.reshape(-1, 3), 0)))
    blend(rng, canvas, piece, old[0], old[1])
    return Touched((old[0], old[1], old[0] + width, old[3]))


def splice_object(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Paste a piece of another picture: a portrait, a logo, a corner of a page."""
    width, height = (int(v) for v in rng.integers(28, 150, 2))
    image = canvas.donor.image
    if image.shape[0] <= height or image.shape[1] <= width:
        return None
    place = blank_place(rng, canvas, width, height)
    if place is None:
        return None
    x = int(rng.integers(image.shape[1] - width))
    y = int(rng.integers(image.shape[0] - height))
    piece = image[y : y + height, x : x + width]
    shape = np.ones((height, width), bool)
    if rng.random() < 0.4:
        round_mask = np.zeros((height, width), np.uint8)
        center = (width // 2, height // 2)
        cv2.ellipse(round_mask, center, center, float(rng.uniform(0, 20)), 0, 360, 1, -1)
        shape = round_mask > 0
    if np.abs(piece[shape].astype(int).mean(0) - 128).min() > 118:
        return None
    spot = canvas.image[place[1] : place[3], place[0] : place[2]]
    soft = cv2.GaussianBlur(shape.astype(np.float32), (3, 3), 0) * shape
    alpha = (soft if rng.random() < 0.5 else shape.astype(np.float32))[..., None]
    spot[:] = to_uint8(piece * alpha + spot * (1 - alpha))
    return Touched(place, shape)
