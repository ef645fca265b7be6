"""Signatures: a few swinging strokes of a pen."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from train.synth.scene.seal import Seal


def make_signature(rng: np.random.Generator, width: int, height: int) -> Seal:
    """Return the ink of a signature, ready to be pressed like a seal.

    Args:
        rng: Source of randomness.
        width: Width in pixels.
        height: Height in pixels.
    """
    ink = (15, 15, 25) if rng.random() < 0.6 else (20, 30, int(rng.integers(110, 190)))
    cover = np.zeros((height, width), np.uint8)
    left = 0.04
    for _ in range(int(rng.integers(2, 5))):
        right = float(min(0.97, left + rng.uniform(0.15, 0.45)))
        path = _stroke(rng, left * width, right * width, height)
        thick = max(1, round(height * float(rng.uniform(0.02, 0.06))))
        cv2.polylines(cover, [path], False, 255, thick, cv2.LINE_AA)
        left = right - float(rng.uniform(0.0, 0.12))
        if left > 0.9:
            break
    soft = cv2.GaussianBlur(cover.astype(np.float32) / 255, (0, 0), 0.5)
    return Seal(np.asarray(soft, np.float32) * float(rng.uniform(0.75, 1.0)), ink)


def _stroke(
    rng: np.random.Generator, left: float, right: float, height: int
) -> npt.NDArray[np.int32]:
    # A swing across with loops on top of it: a sum of two harmonics in each direction.
    t = np.linspace(0, 1, 60)
    turns = float(rng.uniform(1, 4))
    xs = left + (right - left) * (t + 0.12 * np.sin(2 * np.pi * turns * t + rng.uniform(0, 6)))
    swing = 0.3 * np.sin(2 * np.pi * turns * t + rng.uniform(0, 6))
    swing += 0.12 * np.sin(4 * np.pi * turns * t + rng.uniform(0, 6))
    ys = height * np.clip(0.5 + swing * rng.uniform(0.5, 1.1), 0.03, 0.97)
    return np.stack([xs, ys], 1).astype(np.int32)
