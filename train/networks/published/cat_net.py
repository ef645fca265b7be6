"""CAT-Net: one stream reads the pixels, the other the coefficients of the JPEG and their table.

Kwon, Nam, Yu, Lee and Kim, "Learning JPEG Compression Artifacts for Image Manipulation Detection
and Localization", IJCV 2022; first Kwon et al., WACV 2021. The pixels go through an HRNet of width
48. A coefficient of luma is told by its size alone, 0 to 20, one map for each; convolutions
look at the same frequency of neighboring blocks; then each frequency becomes a channel, once as it
is and once multiplied by its entry in the table. The two meet at 1/8, 1/16 and 1/32.

Facts of the authors' repository (mjkwon2021/CAT-Net): the names of the tensors; R, G, B from -1 to
1; two classes, the second of forged pixels; crops of 512×512 that start with a block in training;
images that are no JPEG are compressed first, at quality 100 without subsampling.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.published.dilated_resnet import Bottleneck
from train.networks.published.facts import Facts
from train.networks.published.hrnet import Exchange, Transition, basic_blocks

FACTS = Facts(
    paper="Kwon et al., IJCV 2022, arXiv:2108.12947, and WACV 2021",
    source="github.com/mjkwon2021/CAT-Net",
    license="free for research",
    tile=512,
)
DCT_LIMIT = 20
_BLOCK = 8
_OF_FREQUENCY = 4
_MIDDLE = 127.5


class CATNet(nn.Module):
    """Logit of "this pixel was edited" from the pixels and the coefficients of their JPEG.

    Nothing looks over the whole tile.

    Args:
        width: Channels of the finest branch; 48 in the published checkpoints.
        stem: Channels of the first layers of both streams.
        modules: Exchanges in the three stages of the pixels.
        dct_modules: Exchanges in the two stages of the coefficients.
        blocks: In a row, of each branch.

    Attributes:
        dct_limit: How coefficients are to be clipped: what makes a bundle of it read them.

    Example:
        >>> network = CATNet(4, 4, (1, 1, 1), (1, 1), 1).eval()
        >>> network(torch.zeros(1, 3, 64, 96), torch.zeros(1, 64, 96), torch.ones(1, 8, 8)).shape
        torch.Size([1, 64, 96])
    """

    dct_limit = DCT_LIMIT

    def __init__(
        self,
        width: int = 48,
        stem: int = 64,
        modules: Sequence[int] = (1, 4, 3),
        dct_modules: Sequence[int] = (3, 2),
        blocks: int = 4,
    ) -> None:
        """Build the network with fresh weights."""
        super().__init__()
        widths = [width << place for place in range(4)]
        self.conv1 = nn.Conv2d(3, stem, 3, 2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.conv2 = nn.Conv2d(stem, stem, 3, 2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(stem)
        sizes = [stem, *[4 * stem] * (blocks - 1)]
        self.layer1 = nn.Sequential(*(Bottleneck(size, stem) for size in sizes))
        before = [4 * stem]
        for stage, count in enumerate(modules, start=2):
            self._add_stage("", stage, before, widths[:stage], count, blocks)
            before = widths[:stage]
        dilated = nn.Conv2d(DCT_LIMIT + 1, stem, 3, padding=_BLOCK, dilation=_BLOCK)
        self.dc_layer0_dil = nn.Sequential(dilated, nn.BatchNorm2d(stem), nn.ReLU())
        tail = nn.Conv2d(stem, _OF_FREQUENCY, 1, bias=False)
        self.dc_layer1_tail = nn.Sequential(tail, nn.BatchNorm2d(_OF_FREQUENCY), nn.ReLU())
        self.dc_layer2 = basic_blocks(2 * _OF_FREQUENCY * _BLOCK**2, widths[1], blocks)
        before = [widths[1]]
        for stage, count in enumerate(dct_modules, start=3):
            self._add_stage("dc_", stage, before, widths[1:stage], count, blocks)
            before = widths[1:stage]
        joined = [widths[0], *(2 * one for one in widths[1:])]
        halves = [one // 2 for one in widths]
        self._add_stage("", 5, joined, halves, 1, blocks)
        total = sum(halves)
        layers = (nn.Conv2d(total, total, 1), nn.BatchNorm2d(total), nn.ReLU())
        self.last_layer = nn.Sequential(*layers, nn.Conv2d(total, 1, 1))

    def _add_stage(
        self,
        stream: str,
        stage: int,
        before: Sequence[int],
        after: Sequence[int],
        count: int,
        blocks: int,
    ) -> None:
        self.add_module(f"{stream}transition{stage - 1}", Transition(before, after))
        exchanges = nn.Sequential(*(Exchange(after, blocks) for _ in range(count)))
        self.add_module(f"{stream}stage{stage}", exchanges)

    def forward(self, image: Tensor, dct: Tensor, quantization: Tensor) -> Tensor:
        """Return the logits.

        Args:
            image: `N×3×H×W` float, RGB, 0..255, sides multiples of 32.
            dct: `N×H×W`, coefficients of luma, those of each block at its rows and columns.
            quantization: `N×8×8`, their table, laid out alike.

        Returns:
            `N×H×W` logits.
        """
        pixels = self._run(self._of_pixels(image), "", (2, 3, 4))
        coefficients = self._run([self._of_blocks(dct, quantization)], "dc_", (3, 4))
        pairs = zip(pixels[1:], coefficients, strict=True)
        joined = [pixels[0], *(torch.cat(pair, dim=1) for pair in pairs)]
        finest, *coarser = self._run(joined, "", (5,))
        size = finest.shape[-2:]
        enlarged = [F.interpolate(one, size=size, mode="bilinear") for one in coarser]
        logits = self.last_layer(torch.cat([finest, *enlarged], dim=1))
        return F.interpolate(logits, size=image.shape[-2:], mode="bilinear")[:, 0]

    def _run(self, maps: list[Tensor], stream: str, stages: Iterable[int]) -> list[Tensor]:
        for stage in stages:
            maps = self.get_submodule(f"{stream}transition{stage - 1}")(maps)
            maps = self.get_submodule(f"{stream}stage{stage}")(maps)
        return maps

    def _of_pixels(self, image: Tensor) -> list[Tensor]:
        scaled = ((image.float() - _MIDDLE) / _MIDDLE).to(self.conv1.weight.dtype)
        half = F.relu(self.bn1(self.conv1(scaled)))
        return [self.layer1(F.relu(self.bn2(self.conv2(half))))]

    def _of_blocks(self, dct: Tensor, quantization: Tensor) -> Tensor:
        """Return features at 1/8 of the resolution."""
        sizes = torch.arange(DCT_LIMIT + 1, device=dct.device).view(1, -1, 1, 1)
        told = dct.abs().clamp(max=DCT_LIMIT)[:, None] == sizes
        dtype = self.conv1.weight.dtype
        near = self.dc_layer1_tail(self.dc_layer0_dil(told.to(dtype)))
        blocks = F.pixel_unshuffle(near, _BLOCK)
        steps = quantization.flatten(1).repeat(1, _OF_FREQUENCY)[:, :, None, None].to(dtype)
        features: Tensor = self.dc_layer2(torch.cat([blocks, blocks * steps], dim=1))
        return features
