"""Whether a JPEG was probably compressed before with larger steps: a hint, never a proof.

A coefficient that is divided by a step, rounded, and later divided by another step leaves a
histogram with periodic peaks and gaps (Lukáš and Fridrich, "Estimation of primary quantization
matrix in double compressed JPEG images", 2003; Popescu and Farid, "Statistical tools for digital
forensics", 2004). As Bianchi and Piva ("Image forgery localization via block-grained analysis of
JPEG artifacts", 2012) do, what the histogram would be without an earlier compression is estimated
from the same picture with its grid of blocks moved, and compared by likelihood with what each
earlier step would make of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from forensics_rt.report.facts.coefficients import block_coefficients
from forensics_rt.report.facts.quantization import LUMINANCE, scaled

Sign = Literal["probable", "none", "unknown"]
Floats = npt.NDArray[np.float64]
# The first frequencies in zigzag order: those that text and paper have enough of. (row, column)
FREQUENCIES = ((0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0))
# Farther from 0 there are too few values.
_FARTHEST = 160
_LEAST_BLOCKS = 400
_LEAST_VALUES = 200
_QUALITIES = range(30, 100)
# What no model explains: pasted parts, text drawn later.
_UNEXPLAINED = 0.02
# Rounding of pixels between the two compressions, in units of a coefficient.
_SPREAD = 0.35
# Chosen on pictures of known history: benchmarks/double_compression.py.
LIMIT = 0.08


@dataclass(frozen=True)
class DoubleCompression:
    """What the histograms say.

    Attributes:
        sign: `probable`: peaks and gaps as an earlier compression leaves them; `none`: no such
            sign, which does not exclude one; `unknown`: too little to measure.
        earlier_quality: Of the earlier compression, if it used the usual tables; `None` unless
            `probable`.
        strength: Nats a coefficient by which the earlier compression explains the histograms
            better.
        blocks: How many blocks were measured.
    """

    sign: Sign
    earlier_quality: int | None = None
    strength: float = 0.0
    blocks: int = 0


def double_compression(
    brightness: npt.NDArray[np.uint8], steps: tuple[int, ...], limit: float = LIMIT
) -> DoubleCompression:
    """Look for signs of an earlier compression in the brightness of a JPEG.

    Args:
        brightness: H×W as decoded, from `decoded_brightness`.
        steps: Quantization table of the brightness, 64 steps row by row.
        limit: Strength from which it is `probable`.

    Example:
        >>> double_compression(np.zeros((8, 8), np.uint8), LUMINANCE).sign
        'unknown'
    """
    if min(brightness.shape) < 16 or 0 in steps:
        return DoubleCompression("unknown")
    stored, moved = block_coefficients(brightness), block_coefficients(brightness, 4)
    if min(len(stored), len(moved)) < _LEAST_BLOCKS:
        return DoubleCompression("unknown", blocks=len(stored))
    gains = np.zeros(len(_QUALITIES))
    values = 0
    for row, column in FREQUENCIES:
        step = steps[8 * row + column]
        gain_of, count = _gains(_of(stored, row, column), _of(moved, row, column), step)
        values += count
        if count:
            earlier = [scaled(LUMINANCE, quality)[8 * row + column] for quality in _QUALITIES]
            known = {one: gain_of(one) for one in set(earlier)}
            gains += [known[one] for one in earlier]
    if values < _LEAST_VALUES:
        return DoubleCompression("unknown", blocks=len(stored))
    best = int(gains.argmax())
    strength = float(gains[best]) / values
    if strength < limit:
        return DoubleCompression("none", None, strength, len(stored))
    return DoubleCompression("probable", _QUALITIES[best], strength, len(stored))


def _of(coefficients: npt.NDArray[np.float32], row: int, column: int) -> Floats:
    return np.asarray(coefficients[:, row, column], np.float64)


def _gains(stored: Floats, moved: Floats, step: int) -> tuple[Callable[[int], float], int]:
    """Return how much better a histogram fits each earlier step than none, and its values.

    Zero is left out: flat paper alone would decide.
    """
    farthest = _FARTHEST // step
    levels = np.arange(-farthest, farthest + 1)
    seen = _histogram(np.rint(stored / step), farthest)
    seen[farthest] = 0
    count = int(seen.sum())
    if farthest < 2 or count < _LEAST_VALUES:
        return lambda earlier: 0.0, 0
    smooth = _smooth(_histogram(np.rint(moved), _FARTHEST + step))
    values = np.arange(-_FARTHEST - step, _FARTHEST + step + 1)

    def likelihood(shares: Floats) -> float:
        shares = shares.copy()
        shares[farthest] = 0
        shares = shares / max(shares.sum(), 1e-12)
        shares = (1 - _UNEXPLAINED) * shares + _UNEXPLAINED / (len(levels) - 1)
        return float((seen * np.log(shares)).sum())

    once = likelihood(_onto(values.astype(float), smooth, step, farthest, 0.0))

    def gain(earlier: int) -> float:
        if earlier == 1 or earlier == step:
            return 0.0
        rounded = np.rint(values / earlier) * earlier
        return likelihood(_onto(rounded, smooth, step, farthest, _SPREAD)) - once

    return gain, count


def _onto(places: Floats, weights: Floats, step: int, farthest: int, spread: float) -> Floats:
    """Return the histogram of values divided by a step, each spread a little before rounding."""
    total = np.zeros(2 * farthest + 1)
    offsets = (0.0,) if not spread else (-1.5 * spread, -0.5 * spread, 0.5 * spread, 1.5 * spread)
    shares = (1.0,) if not spread else (0.15, 0.35, 0.35, 0.15)
    for offset, share in zip(offsets, shares, strict=True):
        level = np.rint((places + offset) / step).astype(int)
        inside = np.abs(level) <= farthest
        np.add.at(total, level[inside] + farthest, share * weights[inside])
    return total


def _histogram(values: Floats, farthest: int) -> Floats:
    level = values.astype(int)
    level = level[np.abs(level) <= farthest] + farthest
    return np.bincount(level, minlength=2 * farthest + 1).astype(float)


def _smooth(histogram: Floats) -> Floats:
    """Take out what the moved grid still shows of the steps, and the noise of few values."""
    width = np.array([1, 2, 3, 2, 1], float)
    padded = np.pad(histogram, 2, mode="edge")
    return np.convolve(padded, width / width.sum(), "valid") + 0.01
