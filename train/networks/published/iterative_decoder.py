"""The multi-view iterative decoder of DTD (Qu et al., CVPR 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Fuse(nn.Module):
    """Adds coarser maps to finer ones, the coarsest pair first.

    Args:
        widths: Channels of the maps, the finest first.
        mode: How maps are enlarged.
    """

    def __init__(self, widths: Sequence[int], mode: str) -> None:
        """Build three layers for each pair."""
        super().__init__()
        self.mode = mode
        for place, (fine, coarse) in enumerate(pairwise(widths), start=1):
            for part, inputs, side in ((1, fine, 1), (2, coarse, 1), (3, fine, 3)):
                layers = _convolution(inputs, fine, side)
                self.add_module(f"c{place}{part}", nn.ModuleDict({"conv": layers}))

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Map N×C×H×W, the finest first, to the same shapes."""
        fused = list(maps)
        for place in range(len(maps) - 1, 0, -1):
            size = fused[place - 1].shape[-2:]
            keep, lift, join = (self.get_submodule(f"c{place}{part}.conv") for part in (1, 2, 3))
            corners = True if self.mode == "bilinear" else None
            coarse = F.interpolate(lift(fused[place]), size, mode=self.mode, align_corners=corners)
            fused[place - 1] = join(coarse + keep(fused[place - 1]))
        return fused


class Up(nn.Module):
    """Enlarges maps by two, and joins them with others."""

    def __init__(self, inputs: int, outputs: int) -> None:
        """Build for `inputs` channels in all."""
        super().__init__()
        self.conv1 = _convolution(inputs, outputs, 3)
        self.conv2 = _convolution(outputs, outputs, 3)

    def forward(self, maps: Tensor, *beside: Tensor) -> Tensor:
        """Map N×C×H×W, and maps of twice the size, to N×C'×2H×2W."""
        larger = F.interpolate(maps, scale_factor=2.0, mode="nearest")
        given: Tensor = self.conv2(self.conv1(torch.cat([larger, *beside], dim=1)))
        return given


class Decoder(nn.Module):
    """The multi-view iterative decoder: `x_A_B` is the way A at its step B."""

    def __init__(self, widths: Sequence[int], last: int) -> None:
        """Build for the channels of four resolutions, and those that are given."""
        super().__init__()
        fine, half, quarter, deep = widths
        self.fuse1 = Fuse(widths, "nearest")
        self.fuse2 = Fuse(widths[:3], "bilinear")
        self.fuse3 = Fuse(widths[:2], "bilinear")
        self.decoder_convs = nn.ModuleDict(
            {
                "x_0_0": Up(deep + quarter, quarter),
                "x_0_1": Up(quarter + 2 * half, half),
                "x_1_1": Up(quarter + half, half),
                "x_0_2": Up(half + 3 * fine, fine),
                "x_1_2": Up(half + 2 * fine, fine),
                "x_2_2": Up(half + fine, fine),
                "x_0_3": Up(fine, last),
            }
        )

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Map N×C×H×W at 1/4, 1/8, 1/16 and 1/32 to one at 1/2."""
        up = self.decoder_convs
        fine, half, quarter, deep = self.fuse1(maps)
        of_half, of_quarter = up["x_2_2"](half, fine), up["x_1_1"](quarter, half)
        of_half, of_quarter, of_deep = self.fuse2([of_half, of_quarter, up["x_0_0"](deep, quarter)])
        again = up["x_0_1"](of_deep, of_quarter, half)
        finer, again = self.fuse3([up["x_1_2"](of_quarter, of_half, fine), again])
        finest: Tensor = up["x_0_3"](up["x_0_2"](again, finer, of_half, fine))
        return finest


def _convolution(inputs: int, outputs: int, side: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())
