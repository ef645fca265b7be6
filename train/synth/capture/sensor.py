"""Steps behind the lens: noise, and what the device makes of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from train.synth.imageops import blurred, noisy
from train.synth.scene.base import Scene


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


def fade(rng: np.random.Generator, scene: Scene) -> Scene:
    """Lift the ink towards the paper, like thermal print after a summer."""
    ink = rng.uniform(40, 140, 3)
    levels = ink + np.arange(256)[:, None] * (255 - ink) / 255
    table = np.clip(levels + 0.5, 0, 255).astype(np.uint8)
    return replace(scene, image=np.stack([table[scene.image[..., c], c] for c in range(3)], 2))


def harden(rng: np.random.Generator, scene: Scene) -> Scene:
    """Posterize or nearly binarize, like a fax or a copier."""
    center, slope = rng.uniform(110, 190), rng.uniform(0.04, 0.2)
    levels = 255 / (1 + np.exp(-(np.arange(256) - center) * slope))
    image = levels.astype(np.uint8)[scene.image]
    if rng.random() < 0.5:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    return replace(scene, image=image)
