"""Copy-move: pieces of the same page, in its own typeface, put where they do not belong."""

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
    union,
    word_box,
)
from train.synth.forgery.erase import erase
from train.synth.forgery.retype import blank_place
from train.synth.scene.base import Image, Word


def copy_word(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Copy a word over another one of the same height, or onto blank paper."""
    source = pick_word(rng, canvas, partly=0.4)
    if source is None:
        return None
    pad = int(rng.integers(1, 4))
    taken = clip_box(canvas, word_box(source), pad)
    piece = canvas.image[taken[1] : taken[3], taken[0] : taken[2]].copy()
    target = _alike(rng, canvas, source)
    if target is None or rng.random() < 0.25:
        place = blank_place(rng, canvas, piece.shape[1], piece.shape[0])
        if place is None:
            return None
        blend(rng, canvas, piece, place[0], place[1])
        return Touched(place)
    old = clip_box(canvas, word_box(target), pad)
    x, y = old[0], old[3] - piece.shape[0]
    whole = union(old, (x, y, x + piece.shape[1], y + piece.shape[0]))
    if not is_free(canvas, whole):
        return None
    if old[2] - old[0] > piece.shape[1] or old[3] - old[1] > piece.shape[0]:
        erase(rng, canvas, old)
    blend(rng, canvas, piece, x, y)
    return Touched(whole)


def cut_glyphs(rng: np.random.Generator, canvas: Canvas) -> Touched | None:
    """Compose a word of single glyphs cut from other words of the page."""
    target = pick_word(rng, canvas, partly=0.5)
    if target is None:
        return None
    glyphs: list[Image] = []
    for _ in range(6):
        donor = _alike(rng, canvas, target)
        if donor is not None:
            glyphs.extend(glyphs_of(canvas.image, clip_box(canvas, word_box(donor), 1)))
    if len(glyphs) < 2:
        return None
    old = clip_box(canvas, word_box(target), 1)
    if not is_free(canvas, old):
        return None
    if rng.random() < 0.7:
        erase(rng, canvas, old)
    x, gap, last = old[0], int(rng.integers(0, 3)), old[0]
    top = old[1]
    while x < old[2]:
        glyph = glyphs[int(rng.integers(len(glyphs)))]
        y = old[3] - glyph.shape[0]
        box = (x, y, x + glyph.shape[1], y + glyph.shape[0])
        if box[2] > old[2] + 3 or not is_free(canvas, box):
            break
        blend(rng, canvas, glyph, x, y)
        last, top = box[2], min(top, y)
        x = box[2] + gap
    if last == old[0]:
        return None
    return Touched((old[0], top, max(old[2], last), old[3]))


def glyphs_of(image: Image, box: EditBox) -> list[Image]:
    """Cut a word into the pictures of its glyphs, at columns without ink."""
    model = ink_model(image, box)
    if model is None:
        return []
    filled = model.cover.any(0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], filled.view(np.int8), [0]])))
    height = box[3] - box[1]
    pieces = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        a, b = max(0, start - 1), min(filled.size, end + 1)
        if 3 <= end - start <= 1.3 * height:
            pieces.append(image[box[1] : box[3], box[0] + a : box[0] + b].copy())
    return pieces


def blend(rng: np.random.Generator, canvas: Canvas, piece: Image, x: int, y: int) -> None:
    """Paste a piece: as it is, with soft edges, or only its darker pixels."""
    height, width = piece.shape[:2]
    spot = canvas.image[y : y + height, x : x + width]
    mode = rng.random()
    if mode < 0.45:
        spot[:] = piece
    elif mode < 0.75:
        alpha = np.zeros((height + 2, width + 2), np.float32)
        alpha[2:-2, 2:-2] = 1
        alpha = cv2.blur(alpha, (3, 3))[1:-1, 1:-1, None]
        spot[:] = (piece * alpha + spot * (1 - alpha) + 0.5).astype(np.uint8)
    else:
        spot[:] = np.minimum(spot, piece)


def _alike(rng: np.random.Generator, canvas: Canvas, word: Word) -> Word | None:
    near = [
        w
        for w in canvas.words
        if 0.8 < w.height / word.height < 1.25 and (w.x0, w.y0) != (word.x0, word.y0)
    ]
    return near[int(rng.integers(len(near)))] if near else None
