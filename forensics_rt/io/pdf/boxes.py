"""From marked pixels to the few boxes that hold them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.pdf.page_report import PixelBox

MOST_BOXES = 100
# Marks that are nearer than this are one: the letters of a line.
_NEAR = 16


def differing(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return where two drawings differ at all: H×W bool from H×W×4 uint8."""
    words = [np.ascontiguousarray(drawing).view(np.uint32)[:, :, 0] for drawing in (first, second)]
    return np.asarray(words[0] != words[1])


def boxes_of(marked: npt.NDArray[np.bool_]) -> list[PixelBox]:
    """Return boxes (left, top, width, height) around what is marked, the largest first.

    Args:
        marked: H×W bool.

    Returns:
        `MOST_BOXES` at most; of more marks one box around all of them.

    Example:
        >>> marked = np.zeros((100, 100), bool)
        >>> marked[10:20, 30:60] = True
        >>> boxes_of(marked)
        [(30, 10, 30, 10)]
    """
    height, width = marked.shape
    padded = np.zeros((-(-height // _NEAR) * _NEAR, -(-width // _NEAR) * _NEAR), bool)
    padded[:height, :width] = marked
    blocks = padded.reshape(padded.shape[0] // _NEAR, _NEAR, -1, _NEAR).any((1, 3))
    if not blocks.any():
        return []
    marks = np.ascontiguousarray(blocks, dtype=np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    coarse = [tuple(int(value) * _NEAR for value in stats[label][:4]) for label in range(1, count)]
    if len(coarse) > MOST_BOXES:
        coarse = [(0, 0, padded.shape[1], padded.shape[0])]
    exact = [_shrunk(marked, left, top, across, down) for left, top, across, down in coarse]
    return sorted(exact, key=lambda box: -box[2] * box[3])


def _shrunk(marked: npt.NDArray[np.bool_], left: int, top: int, across: int, down: int) -> PixelBox:
    part = marked[top : top + down, left : left + across]
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    x, y = left + int(columns[0]), top + int(rows[0])
    return x, y, int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
