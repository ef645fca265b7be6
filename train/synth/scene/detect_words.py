"""Find words on a page nobody has annotated."""

from __future__ import annotations

from itertools import pairwise

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
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    dark = cv2.adaptiveThreshold(
        gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 14
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


def split_line(gray: np.ndarray, line: Word) -> list[Word]:
    """Split an annotated line of text into words at the gaps of its ink.

    Args:
        gray: H×W uint8.
        line: Box of a line and its text.

    Returns:
        Words; with text if the gaps agree in number with the spaces, else without.
    """
    patch = gray[line.y0 : line.y1, line.x0 : line.x1]
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


def spread_line(gray: np.ndarray, line: Word) -> list[Word]:
    """Split a line of text into words, light or dark, and give each the part of the text above it.

    Unlike `split_line` it takes the rarer tone for ink, and parts long runs of Chinese characters,
    which have no gaps.

    Args:
        gray: H×W uint8.
        line: Box of a line and its text.

    Returns:
        Words with text where the line has any.
    """
    patch = gray[line.y0 : line.y1, line.x0 : line.x1]
    if patch.size == 0:
        return []
    level, _ = cv2.threshold(patch, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = patch <= level
    ink = dark if dark.mean() <= 0.5 else ~dark
    columns = np.flatnonzero(ink.sum(0) > 0)
    if columns.size == 0:
        return []
    tokens = line.text.split()
    breaks = _word_gaps(np.diff(columns), len(tokens), line.height)
    starts = np.concatenate([[columns[0]], columns[breaks + 1]])
    ends = np.concatenate([columns[breaks], [columns[-1]]]) + 1
    known = len(tokens) == len(starts)
    words = []
    for index, (a, b) in enumerate(zip(starts, ends, strict=True)):
        text = tokens[index] if known else _between(line.text, int(a), int(b), patch.shape[1])
        word = Word(line.x0 + int(a), line.y0, line.x0 + int(b), line.y1, text)
        words.extend(_parted(word) if b - a >= 5 else [])
    return words


def _word_gaps(steps: np.ndarray, count: int, height: int) -> np.ndarray:
    """Return where words end: at the widest gaps, one for each space of a text that is known."""
    if count > 1 and steps.size >= count - 1:
        widest = np.sort(np.argsort(-steps, kind="stable")[: count - 1])
        if steps[widest].min() > max(2.0, 0.1 * height):
            return widest
    return np.flatnonzero(steps > max(3.0, 0.3 * height))


def _breadths(text: str) -> np.ndarray:
    """Return how broad the characters are, in ems: full for Chinese, about half for others."""
    return np.array([1.0 if ord(c) > 0x2E80 else 0.3 if c in " .,:;il|1'" else 0.55 for c in text])


def _between(text: str, start: int, end: int, width: int) -> str:
    if not text:
        return ""
    edges = np.concatenate([[0], np.cumsum(_breadths(text))])
    middles = (edges[:-1] + edges[1:]) / 2 * width / edges[-1]
    return "".join(c for c, m in zip(text, middles, strict=True) if start <= m < end).strip()


def _parted(word: Word, most: float = 6.0) -> list[Word]:
    ems = word.width / max(word.height, 1)
    if ems <= 1.5 * most or not word.text or ord(word.text[0]) < 0x2E80:
        return [word]
    count = round(ems / most) + 1
    edges = [word.x0 + round(i * word.width / count) for i in range(count + 1)]
    parts = (_between(word.text, a - word.x0, b - word.x0, word.width) for a, b in pairwise(edges))
    return [
        Word(a, word.y0, b, word.y1, text)
        for (a, b), text in zip(pairwise(edges), parts, strict=True)
    ]
