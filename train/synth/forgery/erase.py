"""Ways to make writing disappear: flat paint, gradient, inpainting, paper from nearby."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.forgery.base import Box, Canvas, clip_box, ink_model


def flat(rng: np.random.Generator, canvas: Canvas, box: Box) -> None:
    """Paint the box in the colour of the paper, or in the white that editors offer first."""
    model = ink_model(canvas.image, clip_box(canvas, box, 3))
    patch = canvas.image[box[1] : box[3], box[0] : box[2]]
    if rng.random() < 0.2:
        patch[:] = 255
        return
    patch[:] = np.median(patch.reshape(-1, 3), 0) if model is None else model.paper + 0.5


def gradient(rng: np.random.Generator, canvas: Canvas, box: Box) -> None:
    """Fill the box by blending the colours at its corners."""
    x0, y0, x1, y1 = clip_box(canvas, box, 2)
    reach = 3
    corners = np.empty((2, 2, 3), np.float32)
    for row, y in enumerate((y0, y1)):
        for column, x in enumerate((x0, x1)):
            spot = canvas.image[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
            corners[row, column] = np.quantile(spot.reshape(-1, 3), 0.7, axis=0)
    size = (box[2] - box[0], box[3] - box[1])
    field = cv2.resize(corners, size, interpolation=cv2.INTER_LINEAR)
    canvas.image[box[1] : box[3], box[0] : box[2]] = field


def inpaint(rng: np.random.Generator, canvas: Canvas, box: Box) -> None:
    """Remove the strokes in the box by inpainting (Telea, 2004)."""
    around = clip_box(canvas, box, 8)
    patch = canvas.image[around[1] : around[3], around[0] : around[2]]
    hole = np.zeros(patch.shape[:2], np.uint8)
    inner = (
        slice(box[1] - around[1], box[3] - around[1]),
        slice(box[0] - around[0], box[2] - around[0]),
    )
    model = ink_model(canvas.image, box)
    if model is None or rng.random() < 0.3:
        hole[inner] = 1
    else:
        hole[inner] = cv2.dilate(model.cover.astype(np.uint8), np.ones((3, 3), np.uint8))
    filled = cv2.inpaint(np.ascontiguousarray(patch[..., ::-1]), hole, 3, cv2.INPAINT_TELEA)
    canvas.image[box[1] : box[3], box[0] : box[2]] = filled[inner][..., ::-1]


def clone(rng: np.random.Generator, canvas: Canvas, box: Box) -> None:
    """Cover the box with blank paper found nearby; paint it flat if there is none."""
    width, height = box[2] - box[0], box[3] - box[1]
    best, best_spread = None, 1e9
    for _ in range(16):
        x = box[0] + int(rng.integers(-4 * width - 40, 4 * width + 40))
        y = box[1] + int(rng.integers(-5 * height - 20, 5 * height + 20))
        if x < 0 or y < 0 or x + width > canvas.width or y + height > canvas.height:
            continue
        if abs(x - box[0]) < width and abs(y - box[1]) < height:
            continue
        spread = float(canvas.image[y : y + height, x : x + width, 1].std())
        if spread < best_spread:
            best, best_spread = (x, y), spread
    if best is None or best_spread > 20:
        flat(rng, canvas, box)
        return
    x, y = best
    source = canvas.image[y : y + height, x : x + width].astype(np.float32)
    model = ink_model(canvas.image, clip_box(canvas, box, 3))
    if model is not None:
        source += model.paper - np.median(source.reshape(-1, 3), 0)
    canvas.image[box[1] : box[3], box[0] : box[2]] = np.clip(source + 0.5, 0, 255)


ERASERS = (flat, gradient, inpaint, clone)
"""All ways of erasing; an edit takes one at random."""


def erase(rng: np.random.Generator, canvas: Canvas, box: Box) -> None:
    """Erase a box by a random method."""
    ERASERS[int(rng.choice(4, p=(0.35, 0.15, 0.25, 0.25)))](rng, canvas, box)
