"""The full state of a run: weights, optimizer moments, average, clock. No pickles.

Random numbers need no state of their own: every batch and every step draws from its number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from train.loop.ema import Ema
from train.weights import load_tensors, save_tensors

STATE_NAME = "state.safetensors"


@dataclass(frozen=True)
class Clock:
    """How far a run has come.

    Attributes:
        step: Steps done.
        elapsed: Seconds spent, over all parts of the run.
        best: Best F1 measured so far; -1 for none.
        best_step: Step of that measurement.
        scaler: State of the gradient scaler; empty without one.
    """

    step: int = 0
    elapsed: float = 0.0
    best: float = -1.0
    best_step: int = 0
    scaler: Mapping[str, Any] = field(default_factory=dict)


def save_state(
    folder: Path,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    ema: Ema,
    clock: Clock,
    config: Mapping[str, Any],
) -> None:
    """Write everything a run needs to go on; the file is replaced whole or not at all.

    Args:
        folder: Folder of the run.
        network: The network.
        optimizer: AdamW over the parameters of the network.
        ema: Its average.
        clock: How far it has come.
        config: The configuration, for the record.

    Raises:
        OSError: If it cannot be written.
    """
    tensors: dict[str, Tensor] = {}
    tensors.update({f"network.{k}": v for k, v in network.state_dict().items()})
    tensors.update({f"average.{k}": v for k, v in ema.average.items()})
    for index, moments in optimizer.state_dict()["state"].items():
        tensors.update({f"optimizer.{index}.{k}": v for k, v in moments.items()})
    header = {
        "step": clock.step,
        "elapsed": clock.elapsed,
        "best": clock.best,
        "best_step": clock.best_step,
        "scaler": dict(clock.scaler),
        "config": dict(config),
    }
    save_tensors(folder / STATE_NAME, tensors, header)


def load_state(
    folder: Path, network: nn.Module, optimizer: torch.optim.Optimizer, ema: Ema
) -> Clock | None:
    """Restore a run in place, on whatever device it now is.

    Returns:
        How far it had come, or None if the folder holds no state.

    Raises:
        ValueError: If the file is damaged, or the state is that of another network.
    """
    path = folder / STATE_NAME
    if not path.is_file():
        return None
    try:
        tensors, header = load_tensors(path)
    except SafetensorError as error:
        raise ValueError(
            f"{path} cannot be read: {error}. The run cannot go on from it: delete it to begin at "
            "step 0, from the newest weights beside it if run.init names them"
        ) from error
    try:
        network.load_state_dict(_under(tensors, "network."))
    except RuntimeError as error:
        raise ValueError(
            f"{path} must be the state of this network, but is that of another one; name another "
            f"folder in run.out, or take the earlier [model]: {error}"
        ) from error
    for name, value in _under(tensors, "average.").items():
        ema.average[name].copy_(value)
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    moments: dict[int, dict[str, Tensor]] = {}
    kept = _under(tensors, "optimizer.") or _under(tensors, "optimiser.")  # of earlier versions
    for name, value in kept.items():
        index, key = name.split(".", 1)
        if key != "step":
            # A file keeps no strides, and the fused step wants those of the weights.
            value = torch.empty_like(weights[int(index)], dtype=value.dtype).copy_(value)
        moments.setdefault(int(index), {})[key] = value
    table = optimizer.state_dict()
    optimizer.load_state_dict({"state": moments, "param_groups": table["param_groups"]})
    known = {"step", "elapsed", "best", "best_step", "scaler"}
    return Clock(**{k: json.loads(v) for k, v in header.items() if k in known})


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
