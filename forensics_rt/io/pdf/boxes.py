"""From marked pixels to the few boxes that hold them."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.pdf.page_report import PixelBox

_Type = TypeVar("_Type", bound=np.generic)
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
    _, _, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    coarse = (stats[1:, :4] * _NEAR).tolist()
    if len(coarse) > MOST_BOXES:
        coarse = [(0, 0, width, height)]
    exact = [extent_of(marked, (left, top, across, down)) for left, top, across, down in coarse]
    return sorted(filter(None, exact), key=lambda box: -box[2] * box[3])


def window(pixels: npt.NDArray[_Type], box: PixelBox) -> npt.NDArray[_Type]:
    """Return a view of the pixels inside a box, which lies inside them."""
    left, top, width, height = box
    return pixels[top : top + height, left : left + width]


def extent_of(marked: npt.NDArray[np.bool_], box: PixelBox) -> PixelBox | None:
    """Return the smallest box around what is marked inside a box, of which a part may lie outside.

    Example:
        >>> extent_of(np.eye(4, dtype=bool), (-9, 1, 12, 9)), extent_of(np.eye(4) > 1, (0, 0, 4, 4))
        ((1, 1, 2, 2), None)
    """
    left, top = max(box[0], 0), max(box[1], 0)
    part = marked[top : max(box[1] + box[3], 0), left : max(box[0] + box[2], 0)]
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    if not len(rows):
        return None
    (x, right), (y, bottom) = columns[[0, -1]].tolist(), rows[[0, -1]].tolist()
    return left + x, top + y, right - x + 1, bottom - y + 1
