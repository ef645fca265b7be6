"""The network that a run starts with: fresh, from weights, or from those of a shallower one."""

from __future__ import annotations

import logging

from torch import nn

from train.checkpoint.load import load_checkpoint
from train.config import FitConfig
from train.networks import build_network
from train.networks.forensic_unet import ResidualBlock

_log = logging.getLogger(__name__)


def starting_network(config: FitConfig) -> nn.Module:
    """Build the network of a run and give it the weights of `run.init`.

    Residual blocks that the checkpoint lacks stay as they are built, which is to change nothing:
    so a network that is made deeper answers at first as the one it starts from, to the bit.

    Raises:
        CheckpointError: If `run.init` is no checkpoint of that architecture.
        ValueError: If its sizes are others than those of `[model]`.
    """
    model = config.model
    network = build_network(model.architecture, model.sizes)
    if not config.run.init:
        return network
    weights = load_checkpoint(config.run.init, model.architecture).network.state_dict()
    added = [
        name
        for name, part in network.named_modules()
        if isinstance(part, ResidualBlock) and not any(w.startswith(f"{name}.") for w in weights)
    ]
    try:
        missing, left_over = network.load_state_dict(weights, strict=False)
        there = tuple(f"{name}." for name in added)
        strays = [*left_over, *(name for name in missing if not name.startswith(there))]
        if strays:
            raise RuntimeError(f"it is not alike in {', '.join(sorted(strays)[:4])}")
    except RuntimeError as error:  # of PyTorch, where shapes differ
        raise ValueError(
            f"run.init must hold the sizes of [model], but {config.run.init} does not: {error}"
        ) from error
    if added:
        _log.info("blocks that run.init lacks start as the identity: %s", ", ".join(added))
    return network
