"""The third stage, second half: what happens to a forged file before anybody looks at it.

A history is drawn first and applied afterwards, so that the forged picture and its untouched
twin can live through exactly the same one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from train.synth.imageops import blurred, jpeg, noisy, resized
from train.synth.scene.base import Image


@dataclass(frozen=True)
class AfterLife:
    """One history of a file.

    Attributes:
        scale: Resize factor, 1.0 for none.
        blur: Sigma of a Gaussian blur in pixels, 0.0 for none.
        noise: Sigma of Gaussian noise in grey levels, 0.0 for none.
        noise_seed: Seed of that noise.
        qualities: JPEG qualities, in order; empty for none.
        subsample: Chroma subsampling of the JPEG saves.
        shift: Pixels cut from the left and the top between saves (off the 8×8 grid).
    """

    scale: float = 1.0
    blur: float = 0.0
    noise: float = 0.0
    noise_seed: int = 0
    qualities: tuple[int, ...] = ()
    subsample: bool = True
    shift: tuple[int, int] = (0, 0)

    @property
    def name(self) -> str:
        """The group it is reported under."""
        if self.scale != 1.0:
            return "resize"
        if self.blur or self.noise:
            return "noise"
        return ("none", "jpeg", "jpeg_twice")[min(len(self.qualities), 2)]


def draw_after_life(rng: np.random.Generator, strength: float) -> AfterLife:
    """Draw a history.

    Args:
        rng: Source of randomness.
        strength: 0 (nothing ever happens) to 1 (as in the wild).

    Returns:
        A history; mostly a JPEG save or two at full strength.
    """
    saves = int(rng.choice(3, p=(0.22, 0.58, 0.2))) if rng.random() < strength else 0
    least = round(92 - 34 * strength)
    return AfterLife(
        scale=float(rng.uniform(0.6, 1.3)) if rng.random() < 0.22 * strength else 1.0,
        blur=float(rng.uniform(0.3, 0.9)) if rng.random() < 0.08 * strength else 0.0,
        noise=float(rng.uniform(0.5, 3.5)) if rng.random() < 0.12 * strength else 0.0,
        noise_seed=int(rng.integers(2**31)),
        qualities=tuple(int(max(50, min(98, q))) for q in rng.triangular(least - 8, 90, 99, saves)),
        subsample=bool(rng.random() < 0.7),
        shift=(int(rng.integers(8)), int(rng.integers(8))) if rng.random() < 0.35 else (0, 0),
    )


def live(image: Image, life: AfterLife) -> Image:
    """Apply a history.

    Args:
        image: H×W×3 uint8 RGB.
        life: The history.

    Returns:
        The picture afterwards; about `scale` times as large, less the shift.
    """
    if life.scale != 1.0:
        how = cv2.INTER_AREA if life.scale < 1 else cv2.INTER_CUBIC
        image = resized(image, _scaled_size(image, life.scale), how)
    if life.blur:
        image = blurred(image, life.blur)
    if life.noise:
        image = noisy(image, np.random.default_rng(life.noise_seed), life.noise)
    for index, quality in enumerate(life.qualities):
        if index == len(life.qualities) - 1:
            image = np.ascontiguousarray(image[life.shift[1] :, life.shift[0] :])
        image = jpeg(image, quality, life.subsample)
    if not life.qualities:
        image = np.ascontiguousarray(image[life.shift[1] :, life.shift[0] :])
    return image


def live_marks(marks: np.ndarray, life: AfterLife) -> np.ndarray:
    """Carry an H×W label map through the geometry of a history."""
    if life.scale != 1.0:
        marks = resized(marks, _scaled_size(marks, life.scale), cv2.INTER_NEAREST)
    return np.ascontiguousarray(marks[life.shift[1] :, life.shift[0] :])


def _scaled_size(image: np.ndarray, scale: float) -> tuple[int, int]:
    return max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
