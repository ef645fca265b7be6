"""The transformer of SegFormer: one stage of it, on maps N×H×W×C.

Xie, Wang, Yu, Anandkumar, Alvarez and Luo, "SegFormer: Simple and Efficient Design for Semantic
Segmentation with Transformers", NeurIPS 2021, section 3.1: overlapping patches, attention whose
keys and values are of a coarser map, and a 3×3 convolution inside the feed-forward part that takes
the place of positions. Module names are those of the authors.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_FEED_FORWARD = 4
NORM_EPSILON = 1e-6
"""Of the normalizations between blocks; those inside are PyTorch's own."""


def convolve(conv: nn.Module, maps: Tensor) -> Tensor:
    """Apply a convolution to maps N×H×W×C."""
    convolved: Tensor = conv(maps.permute(0, 3, 1, 2))
    return convolved.permute(0, 2, 3, 1)


class Patches(nn.Module):
    """A strided convolution whose windows overlap, and a normalization."""

    def __init__(self, inputs: int, outputs: int, side: int, stride: int) -> None:
        """Build for windows of `side` pixels."""
        super().__init__()
        self.proj = nn.Conv2d(inputs, outputs, side, stride, side // 2)
        self.norm = nn.LayerNorm(outputs)

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×H×W×Cin to N×H/stride×W/stride×Cout."""
        normed: Tensor = self.norm(convolve(self.proj, maps))
        return normed


class Attention(nn.Module):
    """Each place asks all places of a map that is `reduction` times coarser."""

    def __init__(self, channels: int, heads: int, reduction: int) -> None:
        """Build the projections."""
        super().__init__()
        self.heads, self.reduction = heads, reduction
        self.q = nn.Linear(channels, channels)
        self.kv = nn.Linear(channels, 2 * channels)
        self.proj = nn.Linear(channels, channels)
        if reduction > 1:
            self.sr = nn.Conv2d(channels, channels, reduction, reduction)
            self.norm = nn.LayerNorm(channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×H×W×C to the same shape."""
        coarse = self.norm(convolve(self.sr, maps)) if self.reduction > 1 else maps
        asks = in_heads(self.q(maps), self.heads)
        offers, values = (in_heads(half, self.heads) for half in self.kv(coarse).chunk(2, dim=-1))
        scores = asks @ offers.transpose(-2, -1) * asks.shape[-1] ** -0.5
        gathered = (torch.softmax(scores, dim=-1) @ values).transpose(1, 2)
        joined: Tensor = self.proj(gathered.reshape(maps.shape))
        return joined


def in_heads(maps: Tensor, heads: int) -> Tensor:
    """Return maps N×H×W×C as N×heads×places×C/heads."""
    places: Tensor = maps.flatten(1, 2).unflatten(-1, (heads, -1))
    return places.transpose(1, 2)


class MixFeedForward(nn.Module):
    """Two linear layers with a 3×3 convolution of each channel between them."""

    def __init__(self, channels: int) -> None:
        """Build with four times as many channels inside."""
        super().__init__()
        inner = _FEED_FORWARD * channels
        self.fc1 = nn.Linear(channels, inner)
        self.dwconv = nn.ModuleDict({"dwconv": nn.Conv2d(inner, inner, 3, 1, 1, groups=inner)})
        self.fc2 = nn.Linear(inner, channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×H×W×C to the same shape."""
        near = convolve(self.dwconv["dwconv"], self.fc1(maps))
        mixed: Tensor = self.fc2(F.gelu(near))
        return mixed


class Block(nn.Module):
    """Attention and feed-forward, each around a shortcut and after a normalization."""

    def __init__(self, channels: int, heads: int, reduction: int) -> None:
        """Build both parts."""
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, NORM_EPSILON)
        self.attn = Attention(channels, heads, reduction)
        self.norm2 = nn.LayerNorm(channels, NORM_EPSILON)
        self.mlp = MixFeedForward(channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×H×W×C to the same shape."""
        maps = maps + self.attn(self.norm1(maps))
        mixed: Tensor = maps + self.mlp(self.norm2(maps))
        return mixed
