"""The house network: a small residual U-Net that reads noise, not content.

A forged word differs from its page in sharpness, noise and compression rather than in what it
says. So the first layer sees the pixels at full resolution together with fixed high-pass
residuals (Fridrich and Kodovsky, "Rich Models for Steganalysis of Digital Images", IEEE TIFS
2012), and two coarser stages see the logarithm of the local residual energy. Nothing pools over
the whole image: the answer for a pixel depends on its neighbourhood, not on the tile size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

RESIDUAL_MAPS = 6
_CLAMP = 12.0  # grey levels


@dataclass(frozen=True)
class ForensicUNetConfig:
    """Sizes of a `ForensicUNet`.

    Attributes:
        widths: Channels at 1/2, 1/4, 1/8 and 1/16 of the input resolution.
        dilations: One residual block at 1/16 for each entry.
    """

    widths: tuple[int, int, int, int] = (32, 48, 96, 160)
    dilations: tuple[int, ...] = (1, 2, 4)


def residual_kernels() -> tuple[Tensor, Tensor, Tensor]:
    """Return the high-pass kernels, and what is missing to bring each map to grey levels.

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
    grey = torch.tensor([1.0, 2.0, 1.0])
    red_green = torch.tensor([1.0, -1.0, 0.0])
    blue_green = torch.tensor([0.0, -1.0, 1.0])
    maps = [
        (grey, square, 64, 64 / 48),
        (grey, cross, 16, 1.0),
        (grey, across, 8, 1.0),
        (grey, across.T, 8, 1.0),
        (red_green, cross, 4, 1.0),
        (blue_green, cross, 4, 1.0),
    ]
    kernels = [colour[:, None, None] * kernel / power for colour, kernel, power, _ in maps]
    return torch.stack(kernels), torch.tensor([gain for _, _, _, gain in maps])


def conv_norm(inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Return a 3×3 convolution without bias, followed by batch normalisation."""
    conv = nn.Conv2d(
        inputs, outputs, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
    )
    return nn.Sequential(conv, nn.BatchNorm2d(outputs, momentum=0.05))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions around a shortcut (He et al., CVPR 2016, figure 5 left).

    Example:
        >>> ResidualBlock(8)(torch.zeros(1, 8, 4, 4)).shape
        torch.Size([1, 8, 4, 4])
    """

    def __init__(self, width: int, dilation: int = 1) -> None:
        """Build a block that starts as the identity."""
        super().__init__()
        self.first = conv_norm(width, width, dilation=dilation)
        self.second = conv_norm(width, width, dilation=dilation)
        nn.init.zeros_(self.second[1].weight)

    def forward(self, features: Tensor) -> Tensor:
        """Map `N×C×H×W` to the same shape."""
        return F.relu(features + self.second(F.relu(self.first(features))))


class Merge(nn.Module):
    """Bring coarse features up by two and fuse them with those of the finer stage."""

    def __init__(self, coarse: int, fine: int) -> None:
        """Build the fusion of `coarse` with `fine` channels."""
        super().__init__()
        self.lift = nn.Conv2d(coarse, fine, 1, bias=False)
        self.fuse = conv_norm(fine, fine)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Map `N×Cc×H×W` and `N×Cf×2H×2W` to `N×Cf×2H×2W`."""
        return F.relu(self.fuse(doubled(self.lift(coarse), self.training) + fine))


def doubled(features: Tensor, training: bool) -> Tensor:
    """Repeat every pixel twice in both directions: `N×C×H×W` to `N×C×2H×2W`.

    Training and inference give the same values in two ways. TorchInductor (2.13, CPU, bfloat16)
    gives a gradient of exactly zero for the nearest interpolation inside this network, so that
    everything coarser than a quarter would never learn; engines know interpolation best.
    """
    if not training:
        return F.interpolate(features, scale_factor=2.0, mode="nearest")
    number, channels, height, width = features.shape
    spread = features[:, :, :, None, :, None].expand(number, channels, height, 2, width, 2)
    return spread.reshape(number, channels, 2 * height, 2 * width)


def local_energy(residual: Tensor, gain: Tensor) -> Tensor:
    """Return log(1 + mean square) of blocks of 4×4: `N×C×H×W` to `N×C×H/4×W/4`.

    The squares are float32 where residuals are float16, which ends at 65,504: ordinary pages have
    larger ones.
    """
    half = residual.dtype == torch.float16
    square = (residual.float() if half else residual).square()
    energy = torch.log1p(F.avg_pool2d(square, 4) * gain.square())
    return energy.to(residual.dtype) if half else energy


class ForensicUNet(nn.Module):
    """Logit of "this pixel was edited" for every pixel of an RGB image.

    The input is `N×3×H×W` float, RGB, values 0..255, H and W multiples of 32; the output is
    `N×H×W` float logits. The scaling of pixels happens inside.

    Example:
        >>> ForensicUNet().eval()(torch.zeros(1, 3, 64, 96)).shape
        torch.Size([1, 64, 96])
    """

    name = "forensic_unet"

    def __init__(self, **sizes: Any) -> None:
        """Build the network from fields of a `ForensicUNetConfig`."""
        super().__init__()
        config = ForensicUNetConfig(**{k: tuple(v) for k, v in sizes.items()})
        half, quarter, eighth, deep = config.widths
        kernels, gains = residual_kernels()
        self.register_buffer("high_pass", kernels, persistent=False)
        self.register_buffer("gain", gains.view(1, -1, 1, 1), persistent=False)
        self.stem = conv_norm(4 * (3 + RESIDUAL_MAPS), half)
        self.stage_half = ResidualBlock(half)
        self.to_quarter = conv_norm(half, quarter, stride=2)
        self.energy_quarter = nn.Conv2d(RESIDUAL_MAPS, quarter, 1)
        self.stage_quarter = ResidualBlock(quarter)
        self.to_eighth = conv_norm(quarter, eighth, stride=2)
        self.energy_eighth = nn.Conv2d(RESIDUAL_MAPS, eighth, 1)
        self.stage_eighth = ResidualBlock(eighth)
        self.to_deep = conv_norm(eighth, deep, stride=2)
        self.stage_deep = nn.Sequential(*(ResidualBlock(deep, d) for d in config.dilations))
        self.merge_eighth = Merge(deep, eighth)
        self.merge_quarter = Merge(eighth, quarter)
        self.head = nn.Conv2d(quarter, 16, 1)
        nn.init.constant_(self.head.bias, -3.0)  # forged pixels are rare

    def forward(self, image: Tensor) -> Tensor:
        """Return the logits of `image`.

        Args:
            image: `N×3×H×W` float, RGB, 0..255, sides multiples of 32.

        Returns:
            `N×H×W` logits, of the dtype the last layer ran in.
        """
        residual = F.conv2d(image, self.high_pass, padding=2)
        # The gains come after the clamp and the square: an engine folds what follows a
        # convolution at once into its weights.
        limit = _CLAMP / self.gain
        clamped = torch.maximum(torch.minimum(residual, limit), -limit) * (self.gain / 3.0)
        energy_quarter = local_energy(residual, self.gain)
        # Averaging the fine map again is cheaper than pooling wide windows of pixels.
        energy_eighth = F.avg_pool2d(energy_quarter, 6, stride=2, padding=2)
        pixels = torch.cat([image / 127.5 - 1.0, clamped], dim=1)
        half = F.relu(self.stem(F.pixel_unshuffle(pixels, 2)))
        half = self.stage_half(half)
        quarter = F.relu(self.to_quarter(half) + self.energy_quarter(energy_quarter))
        quarter = self.stage_quarter(quarter)
        eighth = F.relu(self.to_eighth(quarter) + self.energy_eighth(energy_eighth))
        eighth = self.stage_eighth(eighth)
        deep = self.stage_deep(F.relu(self.to_deep(eighth)))
        eighth = self.merge_eighth(deep, eighth)
        quarter = self.merge_quarter(eighth, quarter)
        return F.pixel_shuffle(self.head(quarter), 4)[:, 0]
