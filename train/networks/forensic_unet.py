"""The house network: a small residual U-Net that reads noise, not content.

A forged word differs from its page in sharpness, noise and compression rather than in what it
says. So the first layer sees the pixels at full resolution together with fixed high-pass
residuals (Fridrich and Kodovsky, "Rich Models for Steganalysis of Digital Images", IEEE TIFS
2012), and two coarser stages see the logarithm of the local residual energy. Nothing pools over
the whole image: the answer for a pixel depends on its neighborhood, not on the tile size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.residuals import FRONT_MAPS, RESIDUAL_MAPS, ResidualFront


@dataclass(frozen=True)
class ForensicUNetConfig:
    """Sizes of a `ForensicUNet`.

    Attributes:
        widths: Channels at 1/2, 1/4, 1/8 and 1/16 of the input resolution.
        dilations: One residual block at 1/16 for each entry.
    """

    widths: tuple[int, int, int, int] = (32, 48, 96, 160)
    dilations: tuple[int, ...] = (1, 2, 4)


def conv_norm(
    inputs: int, outputs: int, stride: int = 1, dilation: int = 1, gain: float = 1.0
) -> nn.Sequential:
    """Return a 3×3 convolution without bias, followed by batch normalization of a first gain."""
    conv = nn.Conv2d(
        inputs, outputs, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
    )
    norm = nn.BatchNorm2d(outputs, momentum=0.05)
    nn.init.constant_(norm.weight, gain)
    return nn.Sequential(conv, norm)


def fill_bias(conv: nn.Conv2d, value: float) -> None:
    """Set the bias of a convolution that has one."""
    if conv.bias is None:
        raise ValueError("the convolution must have a bias to set it, but has none")
    nn.init.constant_(conv.bias, value)


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
        self.second = conv_norm(width, width, dilation=dilation, gain=0.0)

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
        self.front = ResidualFront()
        self.stem = conv_norm(FRONT_MAPS, half)
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
        fill_bias(self.head, -3.0)  # forged pixels are rare

    def forward(self, image: Tensor) -> Tensor:
        """Return the logits of `image`.

        Args:
            image: `N×3×H×W` float, RGB, 0..255, sides multiples of 32.

        Returns:
            `N×H×W` logits, of the dtype the last layer ran in.
        """
        return self.logits(image)

    def logits(self, image: Tensor, of_blocks: Tensor | None = None) -> Tensor:
        """Return what `forward` does.

        Args:
            image: As of `forward`.
            of_blocks: `N×C×H/8×W/8` features from elsewhere, which join at 1/8; `None` for none.
        """
        maps, energy_quarter = self.front(image)
        # Averaging the fine map again is cheaper than pooling wide windows of pixels.
        energy_eighth = F.avg_pool2d(energy_quarter, 6, stride=2, padding=2)
        half = F.relu(self.stem(maps))
        half = self.stage_half(half)
        quarter = F.relu(self.to_quarter(half) + self.energy_quarter(energy_quarter))
        quarter = self.stage_quarter(quarter)
        eighth = self.to_eighth(quarter) + self.energy_eighth(energy_eighth)
        eighth = F.relu(eighth if of_blocks is None else eighth + of_blocks)
        eighth = self.stage_eighth(eighth)
        deep = self.stage_deep(F.relu(self.to_deep(eighth)))
        eighth = self.merge_eighth(deep, eighth)
        quarter = self.merge_quarter(eighth, quarter)
        return F.pixel_shuffle(self.head(quarter), 4)[:, 0]
