"""The kinds of history, one function each, and the registry that weighs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from train.synth.afterlife.history import (
    AfterLife,
    CutOff,
    LifeStep,
    Noise,
    Rescale,
    Save,
    Sharpen,
    Soften,
)

Life = Callable[[np.random.Generator, float], tuple[LifeStep, ...]]
"""Draws the steps of one kind of history at a strength of 0 to 1."""


def none(rng: np.random.Generator, strength: float) -> tuple[LifeStep, ...]:
    """Nothing: the editor's own lossless file."""
    return ()


def save_once(rng: np.random.Generator, strength: float) -> tuple[LifeStep, ...]:
    """Save as JPEG, what every editor offers first."""
    return (_save(rng, strength),)


def save_twice(rng: np.random.Generator, strength: float) -> tuple[LifeStep, ...]:
    """Save as JPEG, open and save again, on the same grid."""
    return _save(rng, strength), _save(rng, strength)


def resize(rng: np.random.Generator, strength: float) -> tuple[LifeStep, ...]:
    """Change the resolution, then mostly save."""
    steps: list[LifeStep] = [_scale(rng, 1 - 0.4 * strength, 1 + 0.3 * strength)]
    if rng.random() < 0.8:
        steps.append(_save(rng, strength))
    return tuple(steps)


def crop(rng: np.random.Generator, strength: float) -> tuple[LifeStep, ...]:
    """Save, cut off the 8×8 grid, save again."""
    first: tuple[LifeStep, ...] = (_save(rng, strength),) if rng.random() < 0.5 else ()
    return *first, _cut(rng), _save(rng, strength)


def social_network(rng: np.random.Generator, strength: float) -> tuple[LifeStep, ...]:
    """Go through a messenger: shrunk, sharpened, saved low, and sometimes forwarded."""
    steps: list[LifeStep] = [Rescale(float(rng.uniform(1 - 0.45 * strength, 1.0)))]
    if rng.random() < 0.4:
        steps.append(Sharpen(float(rng.uniform(0.1, 0.5))))
    steps.append(Save(int(rng.integers(68, 88)), True))
    if rng.random() < 0.4:
        steps.append(Save(int(rng.integers(68, 88)), True))
    return tuple(steps)


def capture_screen(rng: np.random.Generator, strength: float) -> tuple[LifeStep, ...]:
    """Show the file on a screen and capture that: scaled, off the grid, lossless or saved."""
    how = cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_CUBIC
    scale = float(rng.uniform(1 - 0.4 * strength, 1 + 0.2 * strength))
    steps: list[LifeStep] = [Rescale(scale, cv2.INTER_AREA if scale < 0.8 else how), _cut(rng)]
    if rng.random() < 0.5:
        steps.append(_save(rng, strength))
    return tuple(steps)


def soften(rng: np.random.Generator, strength: float) -> tuple[LifeStep, ...]:
    """Hide traces with a little blur or noise over everything, then save."""
    if rng.random() < 0.5:
        return Soften(float(rng.uniform(0.3, 0.3 + 0.6 * strength))), _save(rng, strength)
    noise = Noise(float(rng.uniform(0.5, 0.5 + 3 * strength)), int(rng.integers(2**31)))
    return noise, _save(rng, strength)


LIVES: dict[str, tuple[float, Life]] = {
    "none": (0.14, none),
    "jpeg": (0.40, save_once),
    "jpeg_twice": (0.12, save_twice),
    "resize": (0.08, resize),
    "crop": (0.10, crop),
    "social_network": (0.07, social_network),
    "screenshot": (0.05, capture_screen),
    "soften": (0.04, soften),
}
"""Name → weight at full strength and function; a new kind of history is a new entry."""


def draw_after_life(
    rng: np.random.Generator, strength: float, jpeg_only: bool = False
) -> AfterLife:
    """Draw a history.

    Args:
        rng: Source of randomness.
        strength: 0 (nothing ever happens) to 1 (as in the wild: mostly a JPEG save or two).
        jpeg_only: Add a JPEG save if the history does not end with one.

    Example:
        >>> draw_after_life(np.random.default_rng(0), 0.0)
        AfterLife(name='none', steps=())
    """
    life = AfterLife()
    if rng.random() < strength:
        names = tuple(LIVES)
        weights = np.array([weight for weight, _ in LIVES.values()])
        name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        life = AfterLife(name, LIVES[name][1](rng, strength))
    if jpeg_only and not life.saved:
        life = replace(life, steps=(*life.steps, _save(rng, strength)))
    return life


def _save(rng: np.random.Generator, strength: float) -> Save:
    least = min(90, 92 - 42 * strength)
    return Save(round(rng.triangular(least, 90, 98)), bool(rng.random() < 0.7))


def _scale(rng: np.random.Generator, low: float, high: float) -> Rescale:
    scale = float(rng.uniform(low, high))
    return Rescale(scale, cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def _cut(rng: np.random.Generator) -> CutOff:
    left, top = (int(v) for v in rng.integers(0, 8, 2))
    return CutOff(left, top if left else max(1, top))
