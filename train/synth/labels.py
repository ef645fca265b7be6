"""From edits to labels: word blobs, and the places where nothing can be learned."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.pairs import IGNORE
from train.synth.forgery.base import Canvas, Touched
from train.synth.scene.base import Image

FAINT_LEVELS = 4.0
BLANK_SPREAD = 0.45


MaskStyle = Literal["blob", "stroke"]


def mark(
    canvas: Canvas,
    touched: Touched,
    kind: int,
    before: Image,
    grow: int = 2,
    style: MaskStyle = "blob",
) -> None:
    """Write an edit into the mask of a canvas.

    Args:
        canvas: The page; its mask changes in place.
        touched: Where the edit was.
        kind: Number of its kind, from 1.
        before: H×W×3 uint8, the page before the edit.
        grow: Pixels by which a blob exceeds the edit.
        style: `blob` fills the place of the edit, as people mark words; `stroke` mask the
            pixels that changed and no others.
    """
    changed = (canvas.image != before).any(2)
    if style == "stroke":
        canvas.mask[changed] = kind
        return
    x0, y0, x1, y1 = touched.box
    blob = np.zeros(canvas.mask.shape, np.uint8)
    if touched.shape is None:
        blob[max(0, y0 - grow) : y1 + grow, max(0, x0 - grow) : x1 + grow] = 1
    else:
        blob[y0:y1, x0:x1] = touched.shape
        brush = np.ones((2 * grow + 1, 2 * grow + 1), np.uint8)
        blob = np.asarray(cv2.dilate(blob, brush), np.uint8)
    blob |= changed.astype(np.uint8)
    if touched.erased and _nothing_left(canvas.image, touched):
        kind = IGNORE
    canvas.mask[blob > 0] = kind


def _nothing_left(image: Image, touched: Touched) -> bool:
    # Paper clipped to a single white, before and after: no trace exists.
    x0, y0, x1, y1 = touched.box
    ring = image[max(0, y0 - 6) : y1 + 6, max(0, x0 - 6) : x1 + 6].astype(np.float32)
    inside = image[y0:y1, x0:x1].astype(np.float32)
    flat_inside = float(inside.std(axis=(0, 1)).max()) < BLANK_SPREAD
    return flat_inside and float(np.median(np.abs(ring - np.median(inside, (0, 1))))) < 0.5


def with_ignored(
    mask: npt.NDArray[np.uint8], image: Image, twin: Image, levels: float = FAINT_LEVELS
) -> npt.NDArray[np.uint8]:
    """Relabel blobs that the after-life has made equal to the authentic page.

    Args:
        mask: H×W uint8, 0 authentic, else the kind.
        image: H×W×3 uint8, the forged picture after its after-life.
        twin: H×W×3 uint8, the authentic picture after the same.
        levels: Gray levels below which a blob counts as unlearnable.

    Returns:
        The mask with faint blobs set to 255.

    Example:
        >>> page = np.zeros((8, 8, 3), np.uint8)
        >>> int(with_ignored(np.ones((8, 8), np.uint8), page, page)[0, 0])
        255
    """
    if not mask.any():
        return mask
    change = np.abs(image.astype(np.int16) - twin.astype(np.int16)).max(2).astype(np.float32)
    change = cv2.blur(change, (5, 5))
    count, parts = cv2.connectedComponents((mask > 0).astype(np.uint8))
    out: npt.NDArray[np.uint8] = mask.copy()
    flat_parts, flat_change = np.asarray(parts, np.intp).ravel(), change.ravel()
    strongest = np.zeros(count, np.float32)
    inside = flat_parts > 0
    np.maximum.at(strongest, flat_parts[inside], flat_change[inside])
    faint = (strongest < levels)[flat_parts] & inside
    out[faint.reshape(out.shape)] = IGNORE
    return out
