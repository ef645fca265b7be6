"""The first two stages of a ConvNeXt, with the normalizations of four resolutions.

Liu, Mao, Wu, Feichtenhofer, Darrell and Xie, "A ConvNet for the 2020s", CVPR 2022, section 2.
Module names are those of its authors.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_EPSILON = 1e-6


class ChannelNorm(nn.LayerNorm):
    """Layer normalization of maps N×C×H×W, over the channels of each place."""

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×C×H×W to the same shape."""
        return super().forward(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    """A 7×7 convolution of each channel, and a feed-forward part, around one shortcut."""

    def __init__(self, width: int) -> None:
        """Build the block."""
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, _EPSILON)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.full((width,), 1e-6))

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×C×H×W to the same shape."""
        inner = self.norm(self.dwconv(maps).permute(0, 2, 3, 1))
        inner = self.gamma * self.pwconv2(F.gelu(self.pwconv1(inner)))
        mapped: Tensor = maps + inner.permute(0, 3, 1, 2)
        return mapped


class VisualHead(nn.Module):
    """Two stages of a ConvNeXt, and the normalizations of all four resolutions."""

    def __init__(self, widths: Sequence[int], depth: int) -> None:
        """Build for the channels of four resolutions."""
        super().__init__()
        fine, coarse = widths[:2]
        first = (nn.Conv2d(6, fine, 4, 4), ChannelNorm(fine, _EPSILON))
        second = (ChannelNorm(fine, _EPSILON), nn.Conv2d(fine, coarse, 2, 2))
        steps = (nn.Sequential(*first), nn.Sequential(*second))
        self.downsample_layers = nn.ModuleList(steps)
        self.stages = nn.ModuleList(
            nn.Sequential(*(ConvNeXtBlock(width) for _ in range(depth))) for width in widths[:2]
        )
        for place, width in enumerate(widths):
            self.add_module(f"norm{place}", ChannelNorm(width, _EPSILON))

    def normed(self, place: int, maps: Tensor) -> Tensor:
        """Normalize the maps of a resolution."""
        given: Tensor = self.get_submodule(f"norm{place}")(maps)
        return given

    def forward(self, image: Tensor) -> list[Tensor]:
        """Map N×6×H×W to maps at 1/4 and 1/8."""
        found, maps = [], image
        for place, (step, stage) in enumerate(
            zip(self.downsample_layers, self.stages, strict=True)
        ):
            maps = stage(step(maps))
            found.append(self.normed(place, maps))
        return found
