"""Probability maps of whole images during evaluation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from train.fit import to_input
from train.synth.scene.base import Image


def starts(length: int, tile: int, overlap: int) -> list[int]:
    """Return evenly spread tile starts that cover a side.

    Args:
        length: Side of the image.
        tile: Side of a tile.
        overlap: Least overlap of neighbours.

    Example:
        >>> starts(1000, 512, 64)
        [0, 244, 488]
    """
    if length <= tile:
        return [0]
    count = 1 + int(np.ceil((length - tile) / (tile - overlap)))
    return [round(i * (length - tile) / (count - 1)) for i in range(count)]


@torch.inference_mode()
def probability_map(
    network: nn.Module, image: Image, tile: int = 640, overlap: int = 64, bfloat16: bool = False
) -> npt.NDArray[np.float32]:
    """Return the probability of "edited" for every pixel.

    A side shorter than a tile is mirrored up to a multiple of 32; overlaps are averaged.

    Args:
        network: Takes `N×3×H×W` float 0..255, gives `N×H×W` logits.
        image: H×W×3 uint8 RGB.
        tile: Side of a tile, a multiple of 32.
        overlap: Least overlap of tiles.
        bfloat16: Use bfloat16 autocast.

    Returns:
        H×W float32 in 0..1.
    """
    height, width = image.shape[:2]
    rows, columns = (min(tile, 32 * -(-side // 32)) for side in (height, width))
    pad = ((0, max(0, rows - height)), (0, max(0, columns - width)), (0, 0))
    page = np.pad(image, pad, mode="symmetric")
    total = np.zeros(page.shape[:2], np.float32)
    weight = np.zeros(page.shape[:2], np.float32)
    for y in starts(page.shape[0], rows, overlap):
        for x in starts(page.shape[1], columns, overlap):
            spot = (slice(y, y + rows), slice(x, x + columns))
            pixels = to_input(page[spot][None])
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                logits = network(pixels)
            probability = torch.sigmoid(logits.float())[0].numpy()
            total[spot] += probability
            weight[spot] += 1
    return (total / weight)[:height, :width]
