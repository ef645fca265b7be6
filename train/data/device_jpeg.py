"""A JPEG save on the device: a batch of images at once, each with its own quality.

The steps are those of the standard (ITU-T T.81, annexes A and K) with the conversions of JFIF and
the chroma filters of libjpeg. Entropy coding is left out, as it loses nothing. At least 95 % of the
values are within two gray levels of libjpeg: that computes its cosine transforms in integers, these
are floats, and a coefficient half-way between two steps may fall to the other side.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from train.data.ragged import sent
from train.synth.jpeg_tables import CHROMINANCE, LUMINANCE


def jpeg_round_trip(images: Tensor, qualities: Tensor, subsample: bool) -> Tensor:
    """Return images as they are after a JPEG save.

    Args:
        images: `N×3×H×W` float RGB of whole gray levels, 0..255.
        qualities: `N` integers 1..100, on the scale of libjpeg, in the processor's memory.
        subsample: True for 4:2:0 chroma, False for 4:4:4.

    Returns:
        Like `images`.

    Example:
        >>> page = torch.full((1, 3, 16, 16), 200.0)
        >>> bool((jpeg_round_trip(page, torch.tensor([90]), True) == 200).all())
        True
    """
    height, width = images.shape[-2:]
    luma, chroma = rgb_to_ycc(images)
    if subsample:
        chroma = _halved(_extended(chroma, 2))
    luma = _coded(luma, sent(quantization(LUMINANCE, qualities), images.device))
    chroma = _coded(chroma, sent(quantization(CHROMINANCE, qualities), images.device))
    if subsample:
        chroma = _doubled(chroma)[..., :height, :width]
    return ycc_to_rgb(luma, chroma)


def rgb_to_ycc(images: Tensor) -> tuple[Tensor, Tensor]:
    """Turn RGB into luma `N×1×H×W` and chroma `N×2×H×W`, rounded (JFIF 1.02)."""
    red, green, blue = images.split(1, dim=1)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = torch.cat([(blue - luma) / 1.772, (red - luma) / 1.402], 1) + 128
    return luma.round(), chroma.round().clamp(0, 255)


def ycc_to_rgb(luma: Tensor, chroma: Tensor) -> Tensor:
    """Turn luma and chroma into RGB, rounded and clipped."""
    blue, red = (chroma - 128).split(1, dim=1)
    green = -(0.114 * 1.772 * blue + 0.299 * 1.402 * red) / 0.587
    return (luma + torch.cat([1.402 * red, green, 1.772 * blue], 1)).round().clamp(0, 255)


def quantization(table: tuple[tuple[int, ...], ...], qualities: Tensor) -> Tensor:
    """Return the steps of quantization, `N×1×1×8×8`, for qualities as libjpeg scales them."""
    quality = qualities.double().view(-1, 1, 1, 1, 1)
    scale = torch.where(quality < 50, (5000 / quality).floor(), 200 - 2 * quality)
    base = torch.tensor(table, dtype=torch.float64)
    return ((base * scale + 50) / 100).floor().clamp(1, 255).float()


@lru_cache(maxsize=8)
def _cosines(device: torch.device) -> Tensor:
    rows = [
        [
            math.sqrt((1 if k == 0 else 2) / 8) * math.cos((2 * n + 1) * k * math.pi / 16)
            for n in range(8)
        ]
        for k in range(8)
    ]
    return torch.tensor(rows, device=device)


def _coded(planes: Tensor, steps: Tensor) -> Tensor:
    """Transform blocks of 8×8, round to the steps, and transform back."""
    height, width = planes.shape[-2:]
    whole = _extended(planes, 8) - 128
    rows, columns = whole.shape[-2] // 8, whole.shape[-1] // 8
    blocks: Tensor = whole.unflatten(-1, (columns, 8)).unflatten(-3, (rows, 8)).transpose(-3, -2)
    cosines = _cosines(planes.device)
    steps = steps[:, :, None]
    # In half precision the products would be far off the levels that are rounded to.
    with torch.autocast(planes.device.type, enabled=False):
        spectrum = cosines @ blocks @ cosines.T
        kept = (spectrum / steps).round() * steps
        blocks = cosines.T @ kept @ cosines
    whole = blocks.transpose(-3, -2).flatten(-4, -3).flatten(-2, -1)
    return (whole + 128).round().clamp(0, 255)[..., :height, :width]


def _extended(planes: Tensor, multiple: int) -> Tensor:
    down, right = -planes.shape[-2] % multiple, -planes.shape[-1] % multiple
    return F.pad(planes, (0, right, 0, down), mode="replicate") if down or right else planes


def _halved(planes: Tensor) -> Tensor:
    # libjpeg rounds halves down and up in turn, so that no brightness is gained.
    bias = torch.ones(planes.shape[-1] // 2, device=planes.device)
    bias[1::2] = 2
    return ((4 * F.avg_pool2d(planes, 2) + bias) / 4).floor()


def _doubled(planes: Tensor) -> Tensor:
    """Double both sides by the triangle filter of libjpeg: three parts near, one part far."""
    near = planes
    wide = F.pad(planes, (0, 0, 1, 1), mode="replicate")
    rows = torch.stack([3 * near + wide[..., :-2, :], 3 * near + wide[..., 2:, :]], -2)
    rows = rows.flatten(-3, -2)
    wide = F.pad(rows, (1, 1, 0, 0), mode="replicate")
    left, right = 3 * rows + wide[..., :-2] + 8, 3 * rows + wide[..., 2:] + 7
    return torch.stack([left, right], -1).flatten(-2, -1).div(16).floor()
