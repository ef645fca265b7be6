"""Removal: words are erased and nothing takes their place."""

from __future__ import annotations

import numpy as np

from train.synth.forgery.base import Canvas, Touched, clip_box, is_free, pick_word, union, word_box
from train.synth.forgery.erase import erase


def removal(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Erase a word, sometimes with its neighbors on the line."""
    word = pick_word(rng, canvas)
    if word is None:
        return None
    box = word_box(word)
    if rng.random() < 0.4:
        for other in canvas.words:
            near = abs(other.y0 - word.y0) < 0.4 * word.height
            if near and abs(other.x0 - box[2]) < 2 * word.height:
                box = union(box, word_box(other))
    box = clip_box(canvas, box, int(rng.integers(1, 4)))
    if not is_free(canvas, box):
        return None
    erase(rng, canvas, box)
    return Touched(box, erased=True)
