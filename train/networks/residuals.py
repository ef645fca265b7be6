"""Fixed high-pass residuals, which show noise instead of content, and their local energy."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

RESIDUAL_MAPS = 6
_CLAMP = 12.0  # gray levels


def residual_kernels() -> tuple[Tensor, Tensor]:
    """Return the high-pass kernels, and what is missing to bring each map to gray levels.

    The weights are small integers over a power of two, and pixels are small integers, so that
    products are exact even in bfloat16; only the finished sum is rounded. A divisor such as 48 must
    not be folded into them: its rounding would let a little of the brightness through, and
    that little is more than the noise that the maps are for.

    Returns:
        Kernels `6×3×5×5` float32 (input order RGB), and gains of shape `6` that each map is to be
        multiplied by.
    """
    cross = torch.zeros(5, 5)
    cross[1:4, 1:4] = torch.tensor([[-1.0, 2.0, -1.0], [2.0, -4.0, 2.0], [-1.0, 2.0, -1.0]])
    square = torch.tensor(
        [
            [-1.0, 2.0, -2.0, 2.0, -1.0],
            [2.0, -6.0, 8.0, -6.0, 2.0],
            [-2.0, 8.0, -12.0, 8.0, -2.0],
            [2.0, -6.0, 8.0, -6.0, 2.0],
            [-1.0, 2.0, -2.0, 2.0, -1.0],
        ]
    )
    across = torch.zeros(5, 5)
    across[2, 1:4] = torch.tensor([1.0, -2.0, 1.0])
    gray = torch.tensor([1.0, 2.0, 1.0])
    red_green = torch.tensor([1.0, -1.0, 0.0])
    blue_green = torch.tensor([0.0, -1.0, 1.0])
    maps = [
        (gray, square, 64, 64 / 48),
        (gray, cross, 16, 1.0),
        (gray, across, 8, 1.0),
        (gray, across.T, 8, 1.0),
        (red_green, cross, 4, 1.0),
        (blue_green, cross, 4, 1.0),
    ]
    kernels = [color[:, None, None] * kernel / power for color, kernel, power, _ in maps]
    return torch.stack(kernels), torch.tensor([gain for _, _, _, gain in maps])


def with_residuals(image: Tensor, residual: Tensor, gain: Tensor) -> Tensor:
    """Join scaled pixels and clamped residuals: `N×9×H×W`.

    The gains come after the clamp: an engine folds what follows a convolution at once into its
    weights.

    Args:
        image: `N×3×H×W` RGB, 0..255.
        residual: `N×6×H×W`, the image convolved with the kernels of `residual_kernels`.
        gain: `1×6×1×1`, their gains.
    """
    limit = _CLAMP / gain
    clamped = torch.maximum(torch.minimum(residual, limit), -limit) * (gain / 3.0)
    return torch.cat([image / 127.5 - 1.0, clamped], dim=1)


def local_energy(residual: Tensor, gain: Tensor) -> Tensor:
    """Return log(1 + mean square) of blocks of 4×4: `N×C×H×W` to `N×C×H/4×W/4`.

    The squares are float32 where residuals are float16, which ends at 65,504: ordinary pages have
    larger ones.
    """
    half = residual.dtype == torch.float16
    square = (residual.float() if half else residual).square()
    energy = torch.log1p(F.avg_pool2d(square, 4) * gain.square())
    return energy.to(residual.dtype) if half else energy
