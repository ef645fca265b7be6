"""What tells the kinds of pictures apart, measured on blocks spread over an image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

_BLOCK = 16  # two blocks of a JPEG, which begin at multiples of 8
_MOST_BLOCKS = 32  # across and down
_FEWEST_BLOCKS = 8
# In levels of 8 bits, largest minus smallest of a block.
_FLAT, _QUIET, _EDGE = 2, 60, 90
_WHITE = 250
_DARK, _BRIGHT = 40, 216
_FEWEST_EDGES = 6
_CELLS = 8
# How far pixels may lie from the paper's brightness and still be paper.
_PAPER = 12


@dataclass(frozen=True)
class Measures:
    """Measures of an image; shares are of the blocks or pixels looked at, in [0, 1].

    A block is quiet where its levels lie less than 60 apart, flat where at most 2, and has an edge
    where more than 90.

    Attributes:
        flat: Share of the quiet blocks that are flat.
        tinted: Share of all blocks that are flat and not white.
        grain: Of the quiet blocks that are not white, the share that is not flat.
        noise: Median standard deviation of the quiet blocks, in levels.
        sharpness: How much of an edge's height one pixel's step takes, median; 1 for black and
            white without gray, `None` where there are few edges.
        gray: Pixels between dark and bright for each dark one.
        paper: Share of the pixels within 12 levels of the most frequent brightness.
        unevenness: How much the paper's brightness changes between neighbors among 8×8 cells,
            median, in levels.
        shape: Long side over short side.
        is_upright: Whether the image is higher than wide.
    """

    flat: float
    tinted: float
    grain: float
    noise: float
    sharpness: float | None
    gray: float
    paper: float
    unevenness: float
    shape: float
    is_upright: bool


def measure_pixels(pixels: npt.NDArray[np.uint8]) -> Measures | None:
    """Measure an image on at most 32×32 blocks of 16×16 pixels; a few milliseconds at any size.

    Args:
        pixels: H×W×3 uint8 RGB.

    Returns:
        The measures; `None` for an image of less than 128 pixels a side.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < _FEWEST_BLOCKS * _BLOCK:
        return None
    sample = _sample(pixels)
    green = np.ascontiguousarray(sample[..., 1])
    lowest, highest = _by_block(sample, np.minimum), _by_block(sample, np.maximum)
    spread = (highest - lowest).max(axis=2)
    quiet, flat, white = spread < _QUIET, spread <= _FLAT, lowest.min(axis=2) >= _WHITE
    dim = quiet & ~white
    levels = np.bincount(green.ravel(), minlength=256) / green.size
    around = np.convolve(levels, np.ones(2 * _PAPER + 1), "same")
    dark = levels[:_DARK].sum()
    return Measures(
        flat=_share(flat, quiet),
        tinted=float((flat & ~white).mean()),
        grain=1 - _share(flat, dim) if dim.any() else 0.0,
        noise=_noise(green, quiet),
        sharpness=_sharpness(green),
        gray=float(levels[_DARK:_BRIGHT].sum() / max(dark, 1e-4)),
        paper=float(around.max()),
        unevenness=_unevenness(green),
        shape=max(height, width) / min(height, width),
        is_upright=height > width,
    )


def _sample(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return evenly spread blocks as one image, so that a page of any size takes as long."""
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (_BLOCK, _BLOCK), axis=(0, 1))
    down, across = (-(-(length // _BLOCK) // _MOST_BLOCKS) for length in pixels.shape[:2])
    chosen = windows[:: down * _BLOCK, :: across * _BLOCK].transpose(0, 3, 1, 4, 2)
    rows, _, columns = chosen.shape[:3]
    return np.ascontiguousarray(chosen).reshape(rows * _BLOCK, columns * _BLOCK, 3)


def _by_block(sample: npt.NDArray[np.uint8], reduce: np.ufunc) -> npt.NDArray[np.uint8]:
    """Reduce each block to one value a channel; rows first, which lie one after another."""
    height, width = sample.shape[:2]
    rows = reduce.reduce(sample.reshape(height // _BLOCK, _BLOCK, -1), axis=1)
    blocks = reduce.reduce(rows.reshape(len(rows), width // _BLOCK, _BLOCK, -1), axis=2)
    return np.asarray(blocks)


def _share(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> float:
    return float((part & whole).sum() / max(whole.sum(), 1))


def _noise(green: npt.NDArray[np.uint8], quiet: npt.NDArray[np.bool_]) -> float:
    if not quiet.any():
        return 0.0
    values, size = green.astype(np.float32), quiet.shape[::-1]
    # Reduced by whole blocks, which makes each pixel the mean of one.
    mean = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    squares = cv2.resize(values * values, size, interpolation=cv2.INTER_AREA)
    return float(np.sqrt(np.median(np.maximum(squares - mean * mean, 0)[quiet])))


def _sharpness(green: npt.NDArray[np.uint8]) -> float | None:
    steps = np.zeros_like(green)
    steps[:, 1:] = cv2.absdiff(green[:, 1:], green[:, :-1])
    steps[:, ::_BLOCK] = 0  # between blocks that are no neighbors
    spread = _by_block(green, np.maximum) - _by_block(green, np.minimum)
    edge = spread > _EDGE
    if edge.sum() < _FEWEST_EDGES:
        return None
    return float(np.median(_by_block(steps, np.maximum)[edge] / spread[edge]))


def _unevenness(green: npt.NDArray[np.uint8]) -> float:
    # Of a block its paper: the brightest spot that is more than one pixel.
    spots = np.asarray(cv2.blur(green, (3, 3)), np.uint8)
    paper = _by_block(spots, np.maximum)[..., 0]
    cells = cv2.resize(paper.astype(np.float32), (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    steps = [np.abs(np.diff(cells, axis=axis)).ravel() for axis in (0, 1)]
    return float(np.median(np.concatenate(steps)))
