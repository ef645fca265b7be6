"""The second stage: what a camera, a scanner or a reprint does to a document.

Every step works on the whole page, so that forged and untouched pixels share one history.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from train.synth.imageops import blurred, jpeg, noisy, resized, to_uint8
from train.synth.scene.base import Scene, Word

Step = Callable[[np.random.Generator, Scene], Scene]


def tilt(rng: np.random.Generator, scene: Scene) -> Scene:
    """Rotate by a few degrees and squeeze slightly, as a page held to a camera."""
    height, width = scene.image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.normal(0, 0.9)), 1.03)
    turn = turn + np.array([[0.0, rng.normal(0, 0.006), rng.uniform(-1, 1)], [0.0, 0.0, 0.0]])
    image = cv2.warpAffine(
        scene.image, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    moved = (_carry(word, turn) for word in scene.words)
    words = tuple(w for w in moved if w.x0 >= 0 and w.y0 >= 0 and w.x1 <= width and w.y1 <= height)
    return replace(scene, image=np.asarray(image, np.uint8), words=words)


def light(rng: np.random.Generator, scene: Scene) -> Scene:
    """Apply uneven lighting and a colour cast."""
    height, width = scene.image.shape[:2]
    corners = rng.uniform(0.72, 1.06, (3, 3)).astype(np.float32)
    shade = cv2.resize(corners, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    cast = rng.normal(1.0, 0.025, 3).astype(np.float32)
    return replace(scene, image=to_uint8(scene.image * shade * cast))


def blur(rng: np.random.Generator, scene: Scene) -> Scene:
    """Blur like an imperfect lens."""
    return replace(scene, image=blurred(scene.image, float(rng.uniform(0.35, 1.1))))


def grain(rng: np.random.Generator, scene: Scene) -> Scene:
    """Add sensor noise, fine or correlated."""
    coarse = float(rng.uniform(1.3, 2.5)) if rng.random() < 0.5 else 1.0
    return replace(scene, image=noisy(scene.image, rng, float(rng.uniform(0.7, 6.0)), coarse))


def sharpen(rng: np.random.Generator, scene: Scene) -> Scene:
    """Unsharp masking, as most phones and scanners apply."""
    soft = blurred(scene.image, float(rng.uniform(0.8, 2.0)))
    gain = float(rng.uniform(0.3, 1.3))
    sharp = cv2.addWeighted(scene.image, 1 + gain, soft, -gain, 0)
    return replace(scene, image=np.asarray(sharp, np.uint8))


def tone(rng: np.random.Generator, scene: Scene) -> Scene:
    """Bend the tone curve; sometimes so far that the paper clips to white."""
    low, high = rng.uniform(0, 30), rng.uniform(195, 255)
    levels = np.clip((np.arange(256) - low) / (high - low), 0, 1) ** rng.uniform(0.7, 1.4)
    return replace(scene, image=(levels * 255 + 0.5).astype(np.uint8)[scene.image])


def harden(rng: np.random.Generator, scene: Scene) -> Scene:
    """Posterise or nearly binarise, like a fax or a copier."""
    centre, slope = rng.uniform(110, 190), rng.uniform(0.04, 0.2)
    levels = 255 / (1 + np.exp(-(np.arange(256) - centre) * slope))
    image = levels.astype(np.uint8)[scene.image]
    if rng.random() < 0.5:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    return replace(scene, image=image)


def rescale(rng: np.random.Generator, scene: Scene) -> Scene:
    """Change the resolution."""
    factor = float(rng.uniform(0.65, 1.35))
    return scaled(scene, factor, cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def save(rng: np.random.Generator, scene: Scene) -> Scene:
    """Save as JPEG, as cameras and scanners do."""
    image = jpeg(scene.image, int(rng.integers(72, 99)), bool(rng.random() < 0.6))
    return replace(scene, image=image)


RENDERED_STEPS: tuple[tuple[float, Step], ...] = (
    (0.7, tilt),
    (0.65, light),
    (0.75, blur),
    (0.8, grain),
    (0.4, sharpen),
    (0.3, tone),
    (0.06, harden),
    (0.8, save),
)
"""Chance and step, in the order of a real capture, for pages drawn by the computer."""

REAL_STEPS: tuple[tuple[float, Step], ...] = (
    (0.35, rescale),
    (0.12, light),
    (0.08, blur),
    (0.2, grain),
    (0.15, sharpen),
    (0.3, tone),
    (0.08, harden),
    (0.35, save),
)
"""The same for pages that a scanner or camera has seen already."""


def capture(rng: np.random.Generator, scene: Scene) -> Scene:
    """Send a scene through the steps that fit its origin; a tenth stays a screenshot."""
    if not scene.real and rng.random() < 0.12:
        return scene
    for chance, step in REAL_STEPS if scene.real else RENDERED_STEPS:
        if rng.random() < chance:
            scene = step(rng, scene)
    return scene


def scaled(scene: Scene, factor: float, interpolation: int = cv2.INTER_AREA) -> Scene:
    """Return the scene at another resolution, words included."""
    height, width = (max(1, round(side * factor)) for side in scene.image.shape[:2])
    image = resized(scene.image, (width, height), interpolation)
    words = tuple(
        replace(
            w,
            x0=int(w.x0 * factor),
            y0=int(w.y0 * factor),
            x1=min(width, int(np.ceil(w.x1 * factor))),
            y1=min(height, int(np.ceil(w.y1 * factor))),
        )
        for w in scene.words
    )
    return replace(scene, image=image, words=words)


def _carry(word: Word, turn: np.ndarray) -> Word:
    corners = np.array(
        [[word.x0, word.y0, 1], [word.x1, word.y0, 1], [word.x0, word.y1, 1], [word.x1, word.y1, 1]]
    )
    points = corners @ turn.T
    low, high = np.floor(points.min(0)).astype(int), np.ceil(points.max(0)).astype(int)
    return replace(word, x0=int(low[0]), y0=int(low[1]), x1=int(high[0]), y1=int(high[1]))
