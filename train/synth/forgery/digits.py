"""Digits of a number changed: by another digit of the page, or by a drawn one."""

from __future__ import annotations

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
from train.synth.forgery.copy_move import blend
from train.synth.forgery.erase import erase
from train.synth.forgery.retype import fitted_text, font_for, lay_ink
from train.synth.imageops import resized
from train.synth.scene.base import Image, Word


def swap_digits(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Change one to three neighboring digits of a number, and nothing else of it."""
    word = _number(rng, canvas)
    if word is None:
        return None
    box = clip_box(canvas, word_box(word), 1)
    model = ink_model(canvas.image, box)
    places = _glyphs(canvas, box)
    if model is None or len(places) < 2 or not is_free(canvas, box):
        return None
    first = int(rng.integers(len(places)))
    chosen = places[first : first + int(rng.choice((1, 1, 1, 2, 3)))]
    pieces = [(p, canvas.image[p[1] : p[3], p[0] : p[2]].copy()) for p in places]
    shape = np.zeros((box[3] - box[1], box[2] - box[0]), bool)
    drawn = rng.random() < 0.5
    font = font_for(rng, canvas, word, "0")
    for place in chosen:
        before = canvas.image.copy()
        if drawn:
            erase(rng, canvas, place)
            digit = str(int(rng.integers(10)))
            tall = (place[0] + 1, _top(model.cover, box, place), place[2] - 1, place[3] - 1)
            cover, at = fitted_text(rng, digit, font, tall, False, canvas.hands)
            lay_ink(rng, canvas, cover, at, model.ink)
        else:
            others = [piece for p, piece in pieces if p != place]
            _paste(rng, canvas, place, others[int(rng.integers(len(others)))])
        changed = (canvas.image != before).any(2)[box[1] : box[3], box[0] : box[2]]
        shape |= changed
        rows = slice(place[1] - box[1], place[3] - box[1])
        shape[rows, place[0] - box[0] : place[2] - box[0]] = True
    return Touched(box, shape)


def _number(rng: np.random.Generator, canvas: Canvas) -> Word | None:
    numbers = [w for w in canvas.words if sum(c.isdigit() for c in w.text) >= 2 and w.height >= 9]
    for _ in range(6):
        if not numbers:
            break
        word = numbers[int(rng.integers(len(numbers)))]
        if is_free(canvas, clip_box(canvas, word_box(word), 2)):
            return word
    return pick_word(rng, canvas, partly=0.0)


def _glyphs(canvas: Canvas, box: EditBox) -> list[EditBox]:
    """Return the boxes of single glyphs in a word, at columns without ink."""
    model = ink_model(canvas.image, box)
    if model is None:
        return []
    filled = model.cover.any(0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], filled.view(np.int8), [0]])))
    height = box[3] - box[1]
    return [
        (box[0] + max(0, int(a) - 1), box[1], box[0] + min(filled.size, int(b) + 1), box[3])
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if 0.15 * height < b - a < 0.95 * height
    ]


def _top(cover: np.ndarray, box: EditBox, place: EditBox) -> int:
    rows = np.flatnonzero(cover[:, place[0] - box[0] : place[2] - box[0]].any(1))
    return box[1] + int(rows[0]) if rows.size else place[1]


def _paste(rng: np.random.Generator, canvas: Canvas, place: EditBox, piece: Image) -> None:
    width, height = place[2] - place[0], place[3] - place[1]
    if piece.shape[1] != width:
        if rng.random() < 0.3:
            piece = resized(piece, (width, height), 1)
        else:
            erase(rng, canvas, place)
            room = canvas.width - place[0]
            piece = piece[:, : min(piece.shape[1], room, width + 2)]
    blend(rng, canvas, piece, place[0], place[1])
