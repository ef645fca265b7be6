"""Measuring during a run: pixel F1 of the averaged weights on images that never train.

Quick and coarse on purpose: every image is cut into a grid of tiles without overlap. Figures to
publish come from `python -m train evaluate`, which runs images as the runtime does.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from forensics_rt.io.coefficients import Coefficients
from train.data.batches import CropBatch, to_batch
from train.data.coefficients import cut_coefficients
from train.data.held_out import HeldOut
from train.data.pairs import padded
from train.loop.placement import Placement
from train.metrics import PixelCounts, count

THRESHOLD = 0.5


@torch.inference_mode()
def validate(
    network: nn.Module, held_out: HeldOut, side: int, placement: Placement, batch: int = 8
) -> PixelCounts:
    """Count pixels by truth and answer at a probability of one half.

    Args:
        network: In eval mode, on the placement's device.
        held_out: Images with masks.
        side: Side of the tiles in pixels, a multiple of 32.
        placement: Where to compute, and in which precision.
        batch: Tiles at a time.
    """
    total = PixelCounts()
    for tiles in _batches(held_out, side, batch):
        with placement.autocast():
            logits = network(*tiles.on(placement.device).inputs())
        found = (logits.float() >= 0).cpu().numpy()  # a probability of at least one half
        total += count(found, tiles.mask.numpy())
    return total


def grid_tiles(
    image: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8], side: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Cut an image into tiles side by side; what lies beyond it is mirrored and marked 255.

    Returns:
        `N×side×side×3` and `N×side×side` uint8.

    Example:
        >>> grid_tiles(np.zeros((65, 64, 3), np.uint8), np.zeros((65, 64), np.uint8), 64)[1].shape
        (2, 64, 64)
    """
    rows, columns = -(-image.shape[0] // side), -(-image.shape[1] // side)
    image, mask = padded(image, mask, rows * side, columns * side)
    tiles = image.reshape(rows, side, columns, side, 3).swapaxes(1, 2)
    labels = mask.reshape(rows, side, columns, side).swapaxes(1, 2)
    return tiles.reshape(-1, side, side, 3), labels.reshape(-1, side, side)


def _batches(held_out: HeldOut, side: int, batch: int) -> Iterator[CropBatch]:
    for image, mask, found in held_out:
        tiles, labels = grid_tiles(image, mask, side)
        beside = (
            []
            if found is None
            else list(_grid_coefficients(found, mask.shape[0], mask.shape[1], side))
        )
        for first in range(0, len(tiles), batch):
            end = first + batch
            yield to_batch(tiles[first:end], labels[first:end], beside[first:end])


def _grid_coefficients(
    whole: Coefficients, height: int, width: int, side: int
) -> Iterator[Coefficients]:
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield cut_coefficients(whole, top, left, side, side)
