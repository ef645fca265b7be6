"""Whole rows of a page copied over others, or moved, sometimes a little scaled."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.forgery.base import Canvas, EditBox, Touched, clip_box, is_free, union, word_box
from train.synth.forgery.copy_move import blend
from train.synth.forgery.erase import erase
from train.synth.forgery.retype import blank_place
from train.synth.imageops import resized
from train.synth.scene.base import Word


def move_row(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Put a row of words over another row or on blank paper; sometimes it leaves its place."""
    source = _row(rng, canvas)
    if source is None:
        return None
    piece = canvas.image[source[1] : source[3], source[0] : source[2]].copy()
    if rng.random() < 0.25:
        scale = float(rng.uniform(0.93, 1.07))
        size = (max(8, round(piece.shape[1] * scale)), max(6, round(piece.shape[0] * scale)))
        piece = resized(piece, size, cv2.INTER_CUBIC)
    height, width = piece.shape[:2]
    target = _row(rng, canvas) if rng.random() < 0.6 else None
    if target is not None and abs(target[1] - source[1]) > height:
        place = (target[0], target[3] - height, target[0] + width, target[3])
        whole = union(target, place)
    else:
        found = blank_place(rng, canvas, width, height)
        if found is None:
            return None
        target, place, whole = None, found, found
    if not is_free(canvas, whole):
        return None
    box, shape = whole, None
    if target is not None:
        erase(rng, canvas, target)
    elif rng.random() < 0.4 and is_free(canvas, source):
        erase(rng, canvas, source)
        box = union(whole, source)
        shape = np.zeros((box[3] - box[1], box[2] - box[0]), bool)
        for x0, y0, x1, y1 in (whole, source):
            shape[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]] = True
    blend(rng, canvas, piece, place[0], place[1])
    return Touched(box, shape)


def _row(rng: np.random.Generator, canvas: Canvas) -> EditBox | None:
    if not canvas.words:
        return None
    word = canvas.words[int(rng.integers(len(canvas.words)))]
    row = [other for other in canvas.words if _beside(word, other)]
    box = word_box(word)
    for other in row:
        box = union(box, word_box(other))
    box = clip_box(canvas, box, int(rng.integers(1, 4)))
    usual = box[3] - box[1] < 2.2 * word.height and word.height >= 9
    return box if usual and is_free(canvas, box) else None


def _beside(word: Word, other: Word) -> bool:
    middle = (other.y0 + other.y1) / 2
    return word.y0 < middle < word.y1
