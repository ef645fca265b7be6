"""Steps that move pixels; words move along."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from train.synth.imageops import resized, scaled_size
from train.synth.scene.base import Scene, Word


def perspective(rng: np.random.Generator, scene: Scene) -> Scene:
    """Photograph the page from a hand: turned by a degree or two, one side a little nearer."""
    height, width = scene.image.shape[:2]
    warp = hand_held(rng, height, width)
    image = cv2.warpPerspective(
        scene.image, warp, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    words = tuple(w for w in (_carried(word, warp) for word in scene.words) if _inside(w, scene))
    return replace(scene, image=np.asarray(image, np.uint8), words=words)


def hand_held(rng: np.random.Generator, height: int, width: int) -> npt.NDArray[np.float64]:
    """Return the 3×3 matrix that moves a page as in a photograph from a hand."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    angle = np.radians(rng.normal(0, 0.9))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([width, height]) / 2
    moved = (corners - middle) * 1.03 @ turn.T + middle
    moved += rng.normal(0, 0.008 if rng.random() < 0.7 else 0.0, (4, 2)) * (width, height)
    warp = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return np.asarray(warp, np.float64)


def rescale(rng: np.random.Generator, scene: Scene) -> Scene:
    """Change the resolution."""
    factor = float(rng.uniform(0.65, 1.35))
    return scaled_scene(scene, factor, cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def show_on_screen(rng: np.random.Generator, scene: Scene) -> Scene:
    """Scale as a viewer does before a screenshot."""
    return scaled_scene(scene, float(rng.uniform(0.75, 1.3)), cv2.INTER_LINEAR)


def scaled_scene(scene: Scene, factor: float, interpolation: int = cv2.INTER_AREA) -> Scene:
    """Return the scene at another resolution, words included."""
    width, height = scaled_size(scene.image, factor)
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


def _carried(word: Word, warp: npt.NDArray[np.float64]) -> Word:
    box = [[word.x0, word.y0], [word.x1, word.y0], [word.x0, word.y1], [word.x1, word.y1]]
    points = cv2.perspectiveTransform(np.array([box], np.float64), warp)[0]
    low, high = np.floor(points.min(0)).astype(int), np.ceil(points.max(0)).astype(int)
    return replace(word, x0=int(low[0]), y0=int(low[1]), x1=int(high[0]), y1=int(high[1]))


def _inside(word: Word, scene: Scene) -> bool:
    height, width = scene.image.shape[:2]
    return word.x0 >= 0 and word.y0 >= 0 and word.x1 <= width and word.y1 <= height
