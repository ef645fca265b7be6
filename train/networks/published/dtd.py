"""DTD, the Document Tampering Detector: a picture of text beside the frequencies of its JPEG.

Qu, Liu, Liu, Chen, Peng, Guo and Jin, "Towards Robust Tampered Text Detection in Document Image:
New Dataset and New Solution", CVPR 2023, section 4. Two stages of a ConvNeXt (Liu et al., CVPR
2022) see the pixels; at 1/8 they meet what the frequency head makes of the coefficients; three
stages of a Swin Transformer V2 go on. The decoder goes up in several ways at once (the multi-view
iterative decoder), which are fused on the way down again.

Facts of the authors' repository (qcf-568/DocTamper): the names of the tensors; that pictures are
made gray first; the mean of 0.455 for G; two classes, the second of forged pixels; tiles of
512×512; that masks of moved windows are taken in turns where a map has more windows; and that the
last layer reads one of the three maps that are handed to it. The Swin Transformer is not in it, but
in a file beside its checkpoint: its sizes are those that others build to load the checkpoint, with
masks of 256×256.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.published.facts import Facts
from train.networks.published.frequency_head import DCT_LIMIT, FrequencyHead, with_coordinates
from train.networks.published.swin_v2 import Stage

FACTS = Facts(
    paper="Qu et al., CVPR 2023",
    source="github.com/qcf-568/DocTamper",
    license="none is stated; the data are for non-commercial use",
    tile=512,
)
_LUMA = (0.299, 0.587, 0.114)
_MEAN, _DEVIATION = (0.485, 0.455, 0.406), (0.229, 0.224, 0.225)
_EPSILON = 1e-6
_WINDOWS = (4, 2, 1)
"""In a row, of the maps that the masks were made for."""


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


class Gate(nn.Module):
    """Weighs channels by their means and places by their channels (Roy et al., MICCAI 2018)."""

    def __init__(self, channels: int) -> None:
        """Build with 1/16 of the channels inside."""
        super().__init__()
        down, up = nn.Conv2d(channels, channels // 16, 1), nn.Conv2d(channels // 16, channels, 1)
        self.cSE = nn.Sequential(nn.AdaptiveAvgPool2d(1), down, nn.ReLU(), up, nn.Sigmoid())
        self.sSE = nn.Sequential(nn.Conv2d(channels, 1, 1), nn.Sigmoid())

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×C×H×W to the same shape."""
        weighed: Tensor = maps * self.cSE(maps) + maps * self.sSE(maps)
        return weighed


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


class DTD(nn.Module):
    """Logit of "this pixel was edited" from the pixels and the coefficients of their JPEG.

    Coordinates and gates make answers depend on the size of the tile.

    Args:
        widths: Channels at 1/4, 1/8, 1/16 and 1/32.
        depth: Blocks of each of the two stages of the picture.
        swin_depths: Blocks of the three stages behind.
        heads: Of the attention in these.
        window: Side of its windows.
        frequency: Channels of the frequency head: first, of each frequency, and given.
        last: Channels of the last maps.

    Attributes:
        dct_limit: How coefficients are to be clipped: what makes a bundle of it read them.

    Example:
        >>> small = DTD((8, 16, 32, 64), 1, (2, 2, 1), (2, 2, 2), 2, (4, 4, 16), 8).eval()
        >>> dct, table = torch.zeros(1, 64, 96).int(), torch.ones(1, 8, 8).int()
        >>> small(torch.zeros(1, 3, 64, 96), dct, table).shape
        torch.Size([1, 64, 96])
    """

    dct_limit = DCT_LIMIT

    def __init__(
        self,
        widths: Sequence[int] = (96, 192, 384, 768),
        depth: int = 3,
        swin_depths: Sequence[int] = (2, 18, 2),
        heads: Sequence[int] = (6, 12, 24),
        window: int = 8,
        frequency: Sequence[int] = (64, 16, 256),
        last: int = 64,
    ) -> None:
        """Build the network with fresh weights."""
        super().__init__()
        self.vph = VisualHead(widths, depth)
        trained = (window, window, max(2, 3 * window // 4))
        sizes = zip(widths[1:], swin_depths, heads, trained, _WINDOWS, strict=True)
        self.swin = nn.ModuleList(
            Stage(width, blocks, count, window, side, row, merges=row > 1)
            for width, blocks, count, side, row in sizes
        )
        stem, of_frequency, given = frequency
        self.fph = FrequencyHead(stem, of_frequency, given)
        joined, half = widths[1] + given, widths[1]
        layers = (nn.Conv2d(joined, half, 3, padding=1), nn.BatchNorm2d(half), nn.ReLU())
        self.FU = nn.Sequential(Gate(joined), *layers)
        self.decoder = Decoder(widths, last)
        self.segmentation_head = nn.Sequential(nn.Conv2d(last, 1, 3, padding=1))

    def forward(self, image: Tensor, dct: Tensor, quantization: Tensor) -> Tensor:
        """Return the logits.

        Args:
            image: `N×3×H×W` float, RGB, 0..255, sides multiples of 32; of 256 in their program.
            dct: `N×H×W`, coefficients of luma, those of each block at its rows and columns.
            quantization: `N×8×8`, their table, laid out alike; steps above 63 count as 63.

        Returns:
            `N×H×W` logits.
        """
        fine, half = self.vph(with_coordinates(self._gray(image)))
        half = self.FU(torch.cat([half, self.fph(dct, quantization)], dim=1))
        quarter = self.swin[0](half.permute(0, 2, 3, 1))
        deep = self.swin[2](self.swin[1](quarter)).permute(0, 3, 1, 2)
        quarter = self.vph.normed(2, quarter.permute(0, 3, 1, 2))
        maps = self.decoder([fine, half, quarter, self.vph.normed(3, deep)])
        logits: Tensor = self.segmentation_head(maps)
        size = image.shape[-2:]
        return F.interpolate(logits, size=size, mode="bilinear", align_corners=True)[:, 0]

    def _gray(self, image: Tensor) -> Tensor:
        luma, mean, deviation = (
            torch.tensor(three, device=image.device).view(1, 3, 1, 1)
            for three in (_LUMA, _MEAN, _DEVIATION)
        )
        gray = (image.float() * luma).sum(dim=1, keepdim=True).round() / 255.0
        scaled: Tensor = (gray - mean) / deviation
        return scaled.to(self.segmentation_head.get_parameter("0.weight").dtype)


def _convolution(inputs: int, outputs: int, side: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())
