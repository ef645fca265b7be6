"""How two views of an image are brought together in each stage: CMX.

Zhang, Liu, Yang, Hu, Liu and Stiefelhagen, "CMX: Cross-Modal Fusion for RGB-X Semantic Segmentation
with Transformers", IEEE T-ITS 2023, sections III-B and III-C. Each view first mends the other
(rectification), then both exchange what they hold of the whole map and become one (fusion). Module
names are those of the authors.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.published.mix_transformer import convolve, in_heads

_SHARE = 0.5  # of the gates by channel and of those by place


class ChannelGates(nn.Module):
    """Gates for every channel of both views, from their means and maxima over the map."""

    def __init__(self, channels: int) -> None:
        """Build the two layers."""
        super().__init__()
        inner = 4 * channels
        layers = [nn.Linear(inner, inner), nn.ReLU(), nn.Linear(inner, 2 * channels), nn.Sigmoid()]
        self.mlp = nn.Sequential(*layers)

    def forward(self, both: Tensor) -> Tensor:
        """Map N×H×W×2C to N×1×1×2C."""
        flat = both.flatten(1, 2)
        gates: Tensor = self.mlp(torch.cat([flat.mean(1), flat.amax(1)], dim=-1))
        return gates[:, None, None]


class PlaceGates(nn.Module):
    """Gates for every place of both views."""

    def __init__(self, channels: int) -> None:
        """Build the two layers."""
        super().__init__()
        first, second = nn.Conv2d(2 * channels, channels, 1), nn.Conv2d(channels, 2, 1)
        self.mlp = nn.Sequential(first, nn.ReLU(), second, nn.Sigmoid())

    def forward(self, both: Tensor) -> Tensor:
        """Map N×H×W×2C to N×H×W×2."""
        return convolve(self.mlp, both)


class Rectify(nn.Module):
    """Each view gets a gated part of the other."""

    def __init__(self, channels: int) -> None:
        """Build both kinds of gates."""
        super().__init__()
        self.channel_weights = ChannelGates(channels)
        self.spatial_weights = PlaceGates(channels)

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Map two N×H×W×C to two of the same shape."""
        both = torch.cat([first, second], dim=-1)
        of_channels = self.channel_weights(both).chunk(2, dim=-1)
        of_places = self.spatial_weights(both).chunk(2, dim=-1)
        of_first, of_second = (_SHARE * (of_channels[one] + of_places[one]) for one in (0, 1))
        return first + of_second * second, second + of_first * first


class Exchange(nn.Module):
    """Each view asks for what the other holds of the whole map (efficient attention)."""

    def __init__(self, channels: int, heads: int) -> None:
        """Build the projections of both views."""
        super().__init__()
        self.heads = heads
        self.kv1 = nn.Linear(channels, 2 * channels, bias=False)
        self.kv2 = nn.Linear(channels, 2 * channels, bias=False)

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Map two N×H×W×C to two of the same shape."""
        held = [self._held(self.kv1(first)), self._held(self.kv2(second))]
        asked = zip((first, second), reversed(held), strict=True)
        found = [(in_heads(maps, self.heads) @ context).transpose(1, 2) for maps, context in asked]
        return found[0].reshape(first.shape), found[1].reshape(second.shape)

    def _held(self, offers_and_values: Tensor) -> Tensor:
        offers, values = (in_heads(one, self.heads) for one in offers_and_values.chunk(2, dim=-1))
        # A sum over all places, not a mean: it grows with the map.
        context = offers.transpose(-2, -1) @ values * offers.shape[-1] ** -0.5
        return torch.softmax(context, dim=-2)


class Cross(nn.Module):
    """One half of the channels stays, the other is exchanged; both join the view again."""

    def __init__(self, channels: int, heads: int) -> None:
        """Build the projections of both views."""
        super().__init__()
        self.cross_attn = Exchange(channels, heads)
        self.channel_proj1 = nn.Linear(channels, 2 * channels)
        self.channel_proj2 = nn.Linear(channels, 2 * channels)
        self.end_proj1 = nn.Linear(2 * channels, channels)
        self.end_proj2 = nn.Linear(2 * channels, channels)
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Map two N×H×W×C to two of the same shape."""
        keep1, give1 = F.relu(self.channel_proj1(first)).chunk(2, dim=-1)
        keep2, give2 = F.relu(self.channel_proj2(second)).chunk(2, dim=-1)
        got1, got2 = self.cross_attn(give1, give2)
        joined1 = self.norm1(first + self.end_proj1(torch.cat([keep1, got1], dim=-1)))
        joined2 = self.norm2(second + self.end_proj2(torch.cat([keep2, got2], dim=-1)))
        return joined1, joined2


class Fuse(nn.Module):
    """Exchange between two views, and one map of both."""

    def __init__(self, channels: int, heads: int) -> None:
        """Build the exchange and the convolutions after it."""
        super().__init__()
        self.cross = Cross(channels, heads)
        self.channel_emb = nn.ModuleDict(
            {
                "residual": nn.Conv2d(2 * channels, channels, 1, bias=False),
                "channel_embed": nn.Sequential(
                    nn.Conv2d(2 * channels, channels, 1),
                    nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
                    nn.ReLU(),
                    nn.Conv2d(channels, channels, 1),
                    nn.BatchNorm2d(channels),
                ),
                "norm": nn.BatchNorm2d(channels),
            }
        )

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Map two N×H×W×C to one N×C×H×W."""
        both = torch.cat(self.cross(first, second), dim=-1).permute(0, 3, 1, 2)
        part = self.channel_emb
        fused: Tensor = part["norm"](part["residual"](both) + part["channel_embed"](both))
        return fused
