"""Synthetic labeled maps of a network whose probabilities sit far from 0.5."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.calibration.observations import Observation, observe


def labeled_map(seed: int, shift: float, side: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Return a probability map and its marks.

    Log-odds are smooth noise, raised where a page is forged and, as networks do, a little on some
    innocent places; each page has a level of its own. The best threshold lies near σ(shift).

    Args:
        seed: Decides everything.
        shift: Added to all log-odds.
        side: Of the square page in pixels.
    """
    rng = np.random.default_rng([77, seed])
    odds = cv2.GaussianBlur(rng.normal(0, 6, (side, side)), (0, 0), 2.5) + rng.normal(0, 0.3) - 2.0
    truth = np.zeros((side, side), np.uint8)
    for number in range(rng.integers(1, 4) if seed % 3 else 0):
        top, left = rng.integers(4, side - 30, 2)
        height, width = rng.integers(8, 24, 2)
        truth[top : top + height, left : left + width] = 1
        odds[top : top + height, left : left + width] += rng.normal(4.0, 1.0)
        truth[top : top + 2, left : left + width] = 255 if number == 0 else 1
    innocent = rng.integers(4, side - 30, 2)
    odds[innocent[0] : innocent[0] + 8, innocent[1] : innocent[1] + 20] += rng.uniform(0, 3)
    return (1 / (1 + np.exp(-(odds + shift)))).astype(np.float32), truth


@cache
def observations(numbers: range, shift: float, grid: DecisionGrid) -> list[Observation]:
    """Observe the maps of those seeds, each a group of its own."""
    return [
        observe(*labeled_map(number, shift), grid, group=f"page {number}") for number in numbers
    ]
