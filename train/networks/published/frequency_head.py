"""The frequency perception head of DTD: features of every block from coefficients and table.

Qu et al., CVPR 2023; its first part is that of CAT-Net. Each size of a coefficient,
and each step of the table, has a learned vector. The blocks behind are those of EfficientNet (Tan
and Le, ICML 2019). Module names are those of the authors' repository, and so are the facts that no
block has a shortcut, and that a table ends at 63.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DCT_LIMIT = 20
_BLOCK = 8
_STEPS = 64
_EXPANSION, _SQUEEZE = 6, 4
_EPSILON = 1e-3
_BLOCKS = 3


class Expanded(nn.Module):
    """A depthwise convolution of six times as many channels, weighed by their means."""

    def __init__(self, channels: int) -> None:
        """Build a block of EfficientNet without a shortcut."""
        super().__init__()
        inner, squeezed = _EXPANSION * channels, channels // _SQUEEZE
        self._expand_conv = nn.Conv2d(channels, inner, 1, bias=False)
        self._bn0 = nn.BatchNorm2d(inner, _EPSILON)
        self._depthwise_conv = nn.Conv2d(inner, inner, 3, padding=1, groups=inner, bias=False)
        self._bn1 = nn.BatchNorm2d(inner, _EPSILON)
        self._se_reduce = nn.Conv2d(inner, squeezed, 1)
        self._se_expand = nn.Conv2d(squeezed, inner, 1)
        self._project_conv = nn.Conv2d(inner, channels, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(channels, _EPSILON)

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×C×H×W to the same shape."""
        maps = F.silu(self._bn0(self._expand_conv(maps)))
        maps = F.silu(self._bn1(self._depthwise_conv(maps)))
        means = F.silu(self._se_reduce(maps.mean(dim=(2, 3), keepdim=True)))
        maps = maps * torch.sigmoid(self._se_expand(means))
        given: Tensor = self._bn2(self._project_conv(maps))
        return given


class FrequencyHead(nn.Module):
    """Features at 1/8 of the resolution.

    Args:
        stem: Channels after the first layer.
        of_frequency: Channels of each frequency.
        outputs: Channels that are given.

    Example:
        >>> head = FrequencyHead(4, 4, 8).eval()
        >>> head(torch.zeros(1, 64, 96, dtype=torch.int32), torch.ones(1, 8, 8).int()).shape
        torch.Size([1, 8, 8, 12])
    """

    def __init__(self, stem: int, of_frequency: int, outputs: int) -> None:
        """Build the head; a coefficient begins as a map for each size."""
        super().__init__()
        self.obembed = nn.Embedding(DCT_LIMIT + 1, DCT_LIMIT + 1)
        self.qtembed = nn.Embedding(_STEPS, of_frequency)
        near = nn.Conv2d(DCT_LIMIT + 1, stem, 3, padding=_BLOCK, dilation=_BLOCK)
        self.conv1 = nn.Sequential(near, nn.BatchNorm2d(stem), nn.ReLU())
        each = nn.Conv2d(stem, of_frequency, 1, bias=False)
        self.conv2 = nn.Sequential(each, nn.BatchNorm2d(of_frequency), nn.ReLU())
        blocks = nn.Conv2d(2 * of_frequency + 3, outputs, _BLOCK, _BLOCK, bias=False)
        behind = (Expanded(outputs) for _ in range(_BLOCKS))
        self.conv0 = nn.Sequential(blocks, nn.BatchNorm2d(outputs), nn.ReLU(), *behind)
        nn.init.eye_(self.obembed.weight)

    def forward(self, dct: Tensor, quantization: Tensor) -> Tensor:
        """Map N×H×W coefficients and N×8×8 steps, integers both, to N×C×H/8×W/8."""
        told = self.obembed(dct.abs().clamp(max=DCT_LIMIT)).permute(0, 3, 1, 2)
        maps = self.conv2(self.conv1(told))
        steps = self.qtembed(quantization.clamp(0, _STEPS - 1)).permute(0, 3, 1, 2)
        # Rows and columns of blocks, and inside them.
        blocks = maps.unflatten(3, (-1, _BLOCK)).unflatten(2, (-1, _BLOCK))
        weighed = (blocks * steps[:, :, None, :, None]).flatten(4, 5).flatten(2, 3)
        given: Tensor = self.conv0(with_coordinates(torch.cat([weighed, maps], dim=1)))
        return given


def with_coordinates(maps: Tensor) -> Tensor:
    """Append three maps: row and column from -1 to 1, and the distance from (0.5, 0.5)."""
    height, width = maps.shape[-2:]
    row, column = (
        torch.arange(side, device=maps.device, dtype=torch.float32) / (side - 1) * 2 - 1
        for side in (height, width)
    )
    rows, columns = torch.meshgrid(row, column, indexing="ij")
    far = ((rows - 0.5) ** 2 + (columns - 0.5) ** 2).sqrt()
    places = torch.stack([rows, columns, far]).to(maps.dtype)
    return torch.cat([maps, places.expand(maps.shape[0], -1, -1, -1)], dim=1)
