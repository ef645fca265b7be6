"""How the weights of a network lie in memory."""

from __future__ import annotations

import torch
from torch import nn


def channels_last(network: nn.Module, device: torch.device | None = None) -> nn.Module:
    """Return a network whose filters are laid out as N×H×W×C, which convolutions run fastest on.

    Args:
        network: Changed in place.
        device: Where it goes; `None` to leave it where it is.
    """
    moved = network if device is None else network.to(device)
    # PyTorch's types leave out the memory format, which `Module.to` documents.
    laid_out: nn.Module = moved.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return laid_out
