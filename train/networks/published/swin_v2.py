"""Swin Transformer V2: attention in windows, by angles, normalized after each part.

Liu, Hu, Lin et al., "Swin Transformer V2: Scaling Up Capacity and Resolution", CVPR 2022, section
3: windows that move by half in every second block (Liu et al., ICCV 2021), scaled cosine attention,
and a bias that a small network makes of the logarithm of the distance. Module names are those of
the authors. Maps are N×H×W×C.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_FEED_FORWARD = 4
_OF_BIAS = 512
_LARGEST_BIAS = 16
_LARGEST_SCALE = math.log(100.0)
_HIDDEN = -100.0


class WindowAttention(nn.Module):
    """Each place of a window asks all places of it.

    Args:
        channels: Of the maps, a multiple of `heads`.
        heads: Number of heads.
        window: Side of a window.
        trained: Side of the windows that the distances are measured by.
    """

    def __init__(self, channels: int, heads: int, window: int, trained: int) -> None:
        """Build the projections and the distances."""
        super().__init__()
        self.heads = heads
        self.logit_scale = nn.Parameter(torch.full((heads, 1, 1), math.log(10.0)))
        layers = (nn.Linear(2, _OF_BIAS), nn.ReLU(), nn.Linear(_OF_BIAS, heads, bias=False))
        self.cpb_mlp = nn.Sequential(*layers)
        self.qkv = nn.Linear(channels, 3 * channels, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(channels))
        self.v_bias = nn.Parameter(torch.zeros(channels))
        self.proj = nn.Linear(channels, channels)
        steps = torch.arange(1.0 - window, window) / (trained - 1) * 8
        far = steps.sign() * torch.log2(steps.abs() + 1) / 3  # the logarithm to the base 8
        both = torch.meshgrid(far, far, indexing="ij")
        self.register_buffer("relative_coords_table", torch.stack(both, dim=-1)[None])
        places = torch.cartesian_prod(torch.arange(window), torch.arange(window))
        apart = places[:, None] - places[None] + window - 1
        index = apart[..., 0] * (2 * window - 1) + apart[..., 1]
        self.register_buffer("relative_position_index", index)

    def forward(self, windows: Tensor, hidden: Tensor | None) -> Tensor:
        """Map N×W×P×C, W windows of P places, to the same shape.

        Args:
            windows: The places of each window.
            hidden: W×P×P, what is added to the scores; `None` for nothing.
        """
        bias = torch.cat([self.q_bias, torch.zeros_like(self.v_bias), self.v_bias])
        three = F.linear(windows, self.qkv.weight, bias).unflatten(-1, (3, self.heads, -1))
        asks, offers, values = three.permute(3, 0, 1, 4, 2, 5)
        scores = F.normalize(asks, dim=-1) @ F.normalize(offers, dim=-1).transpose(-2, -1)
        scores = scores * self.logit_scale.clamp(max=_LARGEST_SCALE).exp() + self._bias()
        if hidden is not None:
            scores = scores + hidden[:, None]
        seen = (scores.softmax(dim=-1) @ values).transpose(2, 3).flatten(3)
        answer: Tensor = self.proj(seen)
        return answer

    def _bias(self) -> Tensor:
        """Return heads×P×P."""
        table = self.cpb_mlp(self.get_buffer("relative_coords_table")).flatten(0, 2)
        found: Tensor = table[self.get_buffer("relative_position_index")]
        return _LARGEST_BIAS * found.permute(2, 0, 1).sigmoid()


class Block(nn.Module):
    """Attention in windows and a feed-forward part, each around a shortcut.

    Args:
        channels: Of the maps.
        heads: Of the attention.
        window: Side of a window.
        trained: As of `WindowAttention`.
        side: Of the maps that the mask is made for, where windows move; 0 where they do not.
    """

    def __init__(self, channels: int, heads: int, window: int, trained: int, side: int) -> None:
        """Build the block."""
        super().__init__()
        self.window, self.shift = window, window // 2 if side else 0
        self.norm1 = nn.LayerNorm(channels)
        self.attn = WindowAttention(channels, heads, window, trained)
        self.norm2 = nn.LayerNorm(channels)
        inner = _FEED_FORWARD * channels
        self.mlp = nn.ModuleDict(
            {"fc1": nn.Linear(channels, inner), "fc2": nn.Linear(inner, channels)}
        )
        if side:
            self.register_buffer("attn_mask", _mask(side, window))

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×H×W×C to the same shape."""
        maps = maps + self.norm1(self._looked(maps))
        inner = F.gelu(self.mlp["fc1"](maps))
        fed: Tensor = maps + self.norm2(self.mlp["fc2"](inner))
        return fed

    def _looked(self, maps: Tensor) -> Tensor:
        height, width, side = maps.shape[1], maps.shape[2], self.window
        # The authors take maps of whole windows alone: their sizes are never filled up.
        filled = F.pad(maps, (0, 0, 0, -width % side, 0, -height % side))
        rows, columns = (height + side - 1) // side, (width + side - 1) // side
        if self.shift:
            filled = filled.roll((-self.shift, -self.shift), dims=(1, 2))
        cut = filled.reshape(-1, rows, side, columns, side, maps.shape[-1]).transpose(2, 3)
        windows = cut.reshape(-1, rows * columns, side * side, maps.shape[-1])
        seen = self.attn(windows, self._hidden(rows * columns))
        back = seen.reshape(-1, rows, columns, side, side, maps.shape[-1]).transpose(2, 3)
        whole = back.reshape(-1, rows * side, columns * side, maps.shape[-1])
        if self.shift:
            whole = whole.roll((self.shift, self.shift), dims=(1, 2))
        cropped: Tensor = whole[:, :height, :width]
        return cropped

    def _hidden(self, windows: int) -> Tensor | None:
        """Return the mask of each window; of larger maps, as the authors do, in turns."""
        if not self.shift:
            return None
        mask = self.get_buffer("attn_mask")
        return mask[torch.arange(windows, device=mask.device) % mask.shape[0]]


class Stage(nn.Module):
    """Blocks whose windows lie still and move by turns, and a step to half the resolution.

    Args:
        channels: Of the maps.
        depth: Number of blocks.
        heads: Of each.
        window: Side of a window.
        trained: As of `WindowAttention`.
        windows: How many in a row had the maps that the masks are made for.
        merges: Whether the resolution is halved, and the channels doubled, at the end.
    """

    def __init__(
        self,
        channels: int,
        depth: int,
        heads: int,
        window: int,
        trained: int,
        windows: int,
        merges: bool,
    ) -> None:
        """Build the blocks."""
        super().__init__()
        moving = windows * window if windows > 1 else 0
        self.blocks = nn.ModuleList(
            Block(channels, heads, window, trained, moving if place % 2 else 0)
            for place in range(depth)
        )
        if merges:
            reduction = nn.Linear(4 * channels, 2 * channels, bias=False)
            norm = nn.LayerNorm(2 * channels)
            self.downsample = nn.ModuleDict({"reduction": reduction, "norm": norm})
        self.merges = merges

    def forward(self, maps: Tensor) -> Tensor:
        """Map N×H×W×C to the same, or to N×H/2×W/2×2C."""
        for block in self.blocks:
            maps = block(maps)
        if self.merges:
            parts = [maps[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
            maps = self.downsample["norm"](self.downsample["reduction"](torch.cat(parts, dim=-1)))
        return maps


def _mask(side: int, window: int) -> Tensor:
    """Return W×P×P: what hides places that only the roll has brought together."""
    bounds = torch.tensor([side - window, side - window // 2])
    part = torch.bucketize(torch.arange(side), bounds, right=True)
    label = (3 * part[:, None] + part[None]).float()
    count = side // window
    cut = label.reshape(count, window, count, window).transpose(1, 2).reshape(count**2, -1)
    return (cut[:, None] != cut[:, :, None]).float() * _HIDDEN
