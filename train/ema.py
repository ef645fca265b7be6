"""Exponential moving average of a network's weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Ema:
    """Follows a network with a lag that grows from none to `decay`.

    Args:
        network: The network to follow; buffers are followed too.
        decay: Share of the old average that a step keeps, once warmed up.

    Example:
        >>> layer = nn.Linear(1, 1)
        >>> sorted(Ema(layer, 0.9).average)
        ['bias', 'weight']
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        """Start from the present weights."""
        self.decay = decay
        self.average: dict[str, Tensor] = {
            name: value.detach().clone() for name, value in network.state_dict().items()
        }

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move the average towards the network; `step` counts from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            mean = self.average[name]
            if mean.is_floating_point():
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(value)
