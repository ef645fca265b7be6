"""Ways to make writing disappear: flat paint, gradient, inpainting, paper from nearby."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from train.synth.forgery.base import Canvas, EditBox, clip_box, ink_model

Eraser = Callable[[np.random.Generator, Canvas, EditBox], None]
"""Makes what is written in a box disappear."""


def flat(rng: np.random.Generator, canvas: Canvas, box: EditBox) -> None:
    """Paint the box in the color of the paper, or in the white that editors offer first."""
    model = ink_model(canvas.image, clip_box(canvas, box, 3))
    patch = canvas.image[box[1] : box[3], box[0] : box[2]]
    if rng.random() < 0.2:
        patch[:] = 255
        return
    patch[:] = np.median(patch.reshape(-1, 3), 0) if model is None else model.paper + 0.5


def gradient(rng: np.random.Generator, canvas: Canvas, box: EditBox) -> None:
    """Fill the box by blending the colors at its corners."""
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


def inpaint(
    rng: np.random.Generator, canvas: Canvas, box: EditBox, method: int = cv2.INPAINT_TELEA
) -> None:
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
    filled = cv2.inpaint(np.ascontiguousarray(patch[..., ::-1]), hole, 3, method)
    canvas.image[box[1] : box[3], box[0] : box[2]] = filled[inner][..., ::-1]


def clone(rng: np.random.Generator, canvas: Canvas, box: EditBox) -> None:
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


def inpaint_flow(rng: np.random.Generator, canvas: Canvas, box: EditBox) -> None:
    """Remove the strokes in the box as a flow (Bertalmio, Bertozzi and Sapiro, CVPR 2001)."""
    inpaint(rng, canvas, box, cv2.INPAINT_NS)


def clone_brush(rng: np.random.Generator, canvas: Canvas, box: EditBox) -> None:
    """Dab over the box with a soft round brush that copies from a constant distance."""
    width, height = box[2] - box[0], box[3] - box[1]
    offsets = [(0, s * (height + int(rng.integers(2, 30)))) for s in (-1, 1)]
    offsets += [(s * (width + int(rng.integers(2, 40))), int(rng.integers(-8, 9))) for s in (-1, 1)]
    radius = max(3, int(height * rng.uniform(0.25, 0.45)))
    around = clip_box(canvas, box, radius)
    sources = []
    for dx, dy in offsets:
        x0, y0, x1, y1 = around[0] + dx, around[1] + dy, around[2] + dx, around[3] + dy
        if x0 >= 0 and y0 >= 0 and x1 <= canvas.width and y1 <= canvas.height:
            sources.append(canvas.image[y0:y1, x0:x1].astype(np.float32))
    if not sources or min(float(s.std()) for s in sources) > 25:
        flat(rng, canvas, box)
        return
    source = min(sources, key=lambda s: float(s.std()))
    alpha = np.zeros(source.shape[:2], np.uint8)
    left, top = box[0] - around[0], box[1] - around[1]
    for x in range(left, left + width + radius, radius):
        for y in range(top + height // 2, top + height + radius, max(1, radius)):
            spot = (min(x, left + width), min(y + int(rng.integers(-2, 3)), top + height))
            cv2.circle(alpha, spot, radius, 255, -1, cv2.LINE_AA)
    alpha[top : top + height, left : left + width] = 255
    soft = cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(0.6, 0.3 * radius + 0.7)))
    share = np.minimum(soft, alpha)[..., None].astype(np.float32) / 255
    share[share < 0.06] = 0
    patch = canvas.image[around[1] : around[3], around[0] : around[2]]
    patch[:] = np.clip(patch * (1 - share) + source * share + 0.5, 0, 255)


ERASERS: dict[str, tuple[float, Eraser]] = {
    "flat": (0.35, flat),
    "gradient": (0.15, gradient),
    "telea": (0.25, inpaint),
    "patch": (0.25, clone),
    "clone_brush": (0.15, clone_brush),
    "navier_stokes": (0.2, inpaint_flow),
}
"""Name → weight and function; an edit takes one at random."""

OLDEST = ("flat", "gradient", "telea", "patch")
"""What erases where a canvas names no hands."""


def erase(rng: np.random.Generator, canvas: Canvas, box: EditBox) -> None:
    """Erase a box by a random method."""
    names = canvas.hands.erasers if canvas.hands else OLDEST
    weights = np.array([ERASERS[name][0] for name in names])
    name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    ERASERS[name][1](rng, canvas, box)
