"""Find words on a page nobody has annotated."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.scene.base import Image, Word


def detect_words(image: Image, limit: int = 400) -> tuple[Word, ...]:
    """Return the boxes of dark marks that look like words.

    Strokes are separated from the paper by a local threshold and joined sideways.

    Args:
        image: H×W×3 uint8 RGB.
        limit: Most words to return.

    Returns:
        Words without text, top to bottom.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    dark = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 14
    )
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((3, 9), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    words = []
    for x, y, width, height, area in stats[1:]:
        fit = 9 <= height <= 64 and 8 <= width <= 420 and 0.5 * height <= width
        if fit and 0.3 <= area / (width * height) <= 0.97:
            words.append(Word(int(x), int(y), int(x + width), int(y + height)))
        if len(words) >= limit:
            break
    return tuple(words)


def split_line(grey: np.ndarray, line: Word) -> list[Word]:
    """Split an annotated line of text into words at the gaps of its ink.

    Args:
        grey: H×W uint8.
        line: Box of a line and its text.

    Returns:
        Words; with text if the gaps agree in number with the spaces, else without.
    """
    patch = grey[line.y0 : line.y1, line.x0 : line.x1]
    if patch.size == 0:
        return []
    level, _ = cv2.threshold(patch, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    columns = np.flatnonzero((patch < level).sum(0) > 0)
    if columns.size == 0:
        return []
    breaks = np.flatnonzero(np.diff(columns) > max(4.0, 0.32 * line.height))
    starts = np.concatenate([[columns[0]], columns[breaks + 1]])
    ends = np.concatenate([columns[breaks], [columns[-1]]]) + 1
    tokens = line.text.split()
    known = len(tokens) == len(starts)
    return [
        Word(line.x0 + int(a), line.y0, line.x0 + int(b), line.y1, tokens[i] if known else "")
        for i, (a, b) in enumerate(zip(starts, ends, strict=True))
        if b - a >= 5
    ]
