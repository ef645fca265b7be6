"""The ends of a foreign graph in numpy: the same as in the wrapped graph, to hold it to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from export.foreign.settle import Settled
from export.foreign.wrap import LUMA

_TYPES = {1: np.float32, 10: np.float16, 11: np.float64, 2: np.uint8}


def network_input(tiles: npt.NDArray[np.uint8], settled: Settled) -> npt.NDArray[np.generic]:
    """Return what the foreign graph is given for tiles, as its owner's program would make it.

    Args:
        tiles: N×H×W×3 RGB uint8.
        settled: The contract.
    """
    said = settled.contract
    pixels = tiles.astype(np.float32)
    if said.color_order == "BGR":
        pixels = pixels[..., ::-1]
    elif said.color_order == "GRAY":
        pixels = (pixels @ np.asarray(LUMA, np.float32))[..., None]
    if said.fixed_size is not None:
        height, width = said.fixed_size
        more = (height - tiles.shape[1], width - tiles.shape[2])
        pixels = np.pad(pixels, ((0, 0), (0, more[0]), (0, more[1]), (0, 0)), mode="reflect")
    mean, std = (np.asarray(numbers, np.float32) for numbers in (said.mean, said.std))
    pixels = (pixels * np.float32(said.scale_of_pixels) - mean) / std
    if said.layout == "NCHW":
        pixels = pixels.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(pixels.astype(_TYPES[settled.input.kind]))


def probability_of(
    answer: npt.NDArray[np.generic], settled: Settled, height: int, width: int
) -> npt.NDArray[np.float32]:
    """Return the probability that an answer of the foreign graph means, N×H×W.

    Args:
        answer: Of the graph.
        settled: The contract.
        height: Of the tiles in pixels.
        width: Of the tiles in pixels.
    """
    numbers = answer.astype(np.float64)
    if settled.class_axis is not None:
        numbers = np.moveaxis(numbers, settled.class_axis, -1)
    numbers = _enlarged(numbers, settled.contract.stride, settled.contract.upsampling)
    if settled.class_axis is not None:
        first, *second = settled.contract.classes
        if second:
            numbers = numbers[..., first] - numbers[..., second[0]]
        elif settled.contract.values == "logits" and numbers.shape[-1] > 1:
            powers = np.exp(numbers - numbers.max(axis=-1, keepdims=True))
            numbers = powers[..., first] / powers.sum(axis=-1)
            return np.asarray(numbers[:, :height, :width], np.float32)
        else:
            numbers = numbers[..., first]
    numbers = numbers[:, :height, :width]
    if settled.contract.values == "logits":
        numbers = 0.5 * (1 + np.tanh(0.5 * numbers))
    return np.asarray(numbers, np.float32)


def _enlarged(
    numbers: npt.NDArray[np.float64], stride: int, upsampling: str | None
) -> npt.NDArray[np.float64]:
    """Return N×H×W, or N×H×W×classes, with sides so many times as long, by bilinear weights."""
    if stride == 1:
        return numbers
    down, across = (
        _bilinear(side, stride, corners=upsampling == "align_corners")
        for side in numbers.shape[1:3]
    )
    return np.asarray(np.einsum("yh,nhw...,xw->nyx...", down, numbers, across))


def _bilinear(count: int, stride: int, *, corners: bool) -> npt.NDArray[np.float64]:
    """Return the weights of `count` values in `stride` times as many."""
    new, old = np.arange(count * stride), np.arange(count)
    places = new * (count - 1) / (len(new) - 1) if corners else (new + 0.5) / stride - 0.5
    nearness = 1 - np.abs(np.clip(places, 0, count - 1)[:, None] - old)
    return np.asarray(np.maximum(nearness, 0.0))
