"""Steps before the sensor: light, shade, the lens, and the screen in front of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from train.synth.imageops import blurred, to_uint8
from train.synth.scene.base import Scene


def light(rng: np.random.Generator, scene: Scene) -> Scene:
    """Apply uneven lighting and a color cast."""
    height, width = scene.image.shape[:2]
    corners = rng.uniform(0.72, 1.06, (3, 3)).astype(np.float32)
    shade = cv2.resize(corners, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    cast = rng.normal(1.0, 0.025, 3).astype(np.float32)
    return replace(scene, image=to_uint8(scene.image * shade * cast))


def shadow(rng: np.random.Generator, scene: Scene) -> Scene:
    """Let a hand or a phone throw a soft shadow across the page."""
    height, width = scene.image.shape[:2]
    small = np.zeros((64, 64), np.float32)
    corners = rng.uniform(-30, 94, (int(rng.integers(3, 6)), 2)).astype(np.int32)
    cv2.fillConvexPoly(small, cv2.convexHull(corners), 1.0)
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.8, 5))), np.float32)
    shade = 1 - float(rng.uniform(0.08, 0.4)) * cv2.resize(small, (width, height))
    return replace(scene, image=to_uint8(scene.image * shade[..., None]))


def blur(rng: np.random.Generator, scene: Scene) -> Scene:
    """Blur like an imperfect lens."""
    return replace(scene, image=blurred(scene.image, float(rng.uniform(0.35, 1.1))))


def moire(rng: np.random.Generator, scene: Scene) -> Scene:
    """Photograph a screen: the grids of screen and sensor beat against each other."""
    height, width = scene.image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    pattern = np.zeros((height, width, 3), np.float32)
    for _ in range(int(rng.integers(1, 3))):
        angle, pitch = rng.uniform(0, np.pi), rng.uniform(2.5, 28)
        phase = (np.cos(angle) * columns + np.sin(angle) * rows) * (2 * np.pi / pitch)
        phase += 2 * np.sin(rows / rng.uniform(80, 400)) + 2 * np.sin(
            columns / rng.uniform(80, 400)
        )
        shifts = rng.uniform(0, 2.2, 3) if rng.random() < 0.6 else np.zeros(3)
        pattern += np.stack([np.sin(phase + shift) for shift in shifts.astype(np.float32)], 2)
    strength = float(rng.uniform(1.0, 7.0))
    lit = scene.image.astype(np.float32) / 255  # a screen beats where it shines
    return replace(scene, image=to_uint8(scene.image + strength * pattern * (0.3 + 0.7 * lit)))
