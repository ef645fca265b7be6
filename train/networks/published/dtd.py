"""DTD, the Document Tampering Detector: a picture of text beside the frequencies of its JPEG.

Qu, Liu, Liu, Chen, Peng, Guo and Jin, "Towards Robust Tampered Text Detection in Document Image:
New Dataset and New Solution", CVPR 2023. Two stages of a ConvNeXt (Liu et al., CVPR
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

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.published.convnext import VisualHead
from train.networks.published.facts import Facts
from train.networks.published.frequency_head import DCT_LIMIT, FrequencyHead, with_coordinates
from train.networks.published.iterative_decoder import Decoder
from train.networks.published.swin_v2 import Stage

FACTS = Facts(
    paper="Qu et al., CVPR 2023",
    source="github.com/qcf-568/DocTamper",
    license="none is stated; the data are for non-commercial use",
    tile=512,
)
_LUMA = (0.299, 0.587, 0.114)
_MEAN, _DEVIATION = (0.485, 0.455, 0.406), (0.229, 0.224, 0.225)
_WINDOWS = (4, 2, 1)
"""In a row, of the maps that the masks were made for."""


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
        one_tile_size: A graph of it is for tiles of one size. With free sides, PyTorch's exporter
            spends its time on what follows for the sides of each window.

    Example:
        >>> small = DTD((8, 16, 32, 64), 1, (2, 2, 1), (2, 2, 2), 2, (4, 4, 16), 8).eval()
        >>> dct, table = torch.zeros(1, 64, 96).int(), torch.ones(1, 8, 8).int()
        >>> small(torch.zeros(1, 3, 64, 96), dct, table).shape
        torch.Size([1, 64, 96])
    """

    dct_limit = DCT_LIMIT
    one_tile_size = True

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
