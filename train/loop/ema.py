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
        means, values = [], []
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                means.append(self.average[name])
                values.append(value)
            else:
                self.average[name].copy_(value)
        # In one call: on a GPU hundreds of small ones would take longer than the step itself.
        torch._foreach_lerp_(means, values, 1 - decay)
