"""Fixed high-pass residuals, which show noise instead of content, and their local energy."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

RESIDUAL_MAPS = 6
_PHASES = 4
_PIXEL_MAPS = 3 * _PHASES
FRONT_MAPS = _PIXEL_MAPS + RESIDUAL_MAPS * _PHASES
_CLAMP = 12.0  # gray levels
_MIDDLE = 127.5  # of 0..255


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


class ResidualFront(nn.Module):
    """What a network sees first: pixels and residuals at full resolution, in phase layout.

    One convolution with a stride of two computes what `pixel_unshuffle` would make of a map at
    full resolution: each 2×2 block of pixels becomes four channels at one place, its phases. So
    nothing of full resolution is ever written or reordered. All weights are fixed, and none is in
    the state dict.

    Example:
        >>> maps, energy = ResidualFront()(torch.zeros(1, 3, 64, 96))
        >>> maps.shape, energy.shape
        (torch.Size([1, 36, 32, 48]), torch.Size([1, 6, 16, 24]))
    """

    kernels: Tensor
    shift: Tensor
    limit: Tensor
    scale: Tensor
    gain: Tensor

    def __init__(self) -> None:
        """Make the fixed weights from `residual_kernels`."""
        super().__init__()
        kernels, gains = residual_kernels()
        each = gains.repeat_interleave(_PHASES)
        pixels = torch.ones(_PIXEL_MAPS)
        fixed = {
            "kernels": torch.cat([_in_phases(_same_pixel()), _in_phases(kernels)]),
            # Halves of odd numbers below 256 are exact in bfloat16, as pixels are.
            "shift": torch.cat([-_MIDDLE * pixels, torch.zeros_like(each)]),
            "limit": torch.cat([_MIDDLE * pixels, _CLAMP / each]).view(1, -1, 1, 1),
            "scale": torch.cat([pixels / _MIDDLE, each / 3.0]).view(1, -1, 1, 1),
            "gain": gains.view(1, -1, 1, 1),
        }
        for name, values in fixed.items():
            self.register_buffer(name, values, persistent=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maps of an image, and the local energy of its residuals.

        The scales come after the clamp: an engine folds what follows a convolution at once into
        its weights.

        Args:
            image: `N×3×H×W` float, RGB, 0..255, sides multiples of 4.

        Returns:
            `N×36×H/2×W/2`: pixels from −1 to 1 and then clamped residuals, the four phases of a
            map in a row; and `N×6×H/4×W/4`, log(1 + mean square) of the residuals before the clamp
            over blocks of 4×4.
        """
        maps = F.conv2d(image, self.kernels, self.shift, stride=2, padding=2)
        clamped = torch.maximum(torch.minimum(maps, self.limit), -self.limit)
        return clamped * self.scale, self._energy(maps)

    def _energy(self, maps: Tensor) -> Tensor:
        """Return the local energy.

        The squares are float32 where maps are float16, which ends at 65,504: ordinary pages have
        larger ones.
        """
        half = maps.dtype == torch.float16
        square = F.avg_pool2d((maps.float() if half else maps).square(), 2)
        mean = F.avg_pool2d(F.pixel_shuffle(square, 2), 2)[:, -RESIDUAL_MAPS:]
        energy = torch.log1p(mean * self.gain.square())
        return energy.to(maps.dtype) if half else energy


def _same_pixel() -> Tensor:
    """Return the kernels `3×3×5×5` that copy each color."""
    kernels = torch.zeros(3, 3, 5, 5)
    kernels[range(3), range(3), 2, 2] = 1.0
    return kernels


def _in_phases(kernels: Tensor) -> Tensor:
    """Return the kernels `4M×C×6×6` of stride 2 that give the phases of `M×C×5×5` of stride 1.

    A phase is the same kernel, moved by one pixel or none; zero padding of 2 stays what it was.
    """
    moved = [F.pad(kernels, (j, 1 - j, i, 1 - i)) for i in (0, 1) for j in (0, 1)]
    return torch.stack(moved, dim=1).flatten(0, 1)
