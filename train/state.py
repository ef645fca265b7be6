"""The full state of a run: weights, optimiser moments, average, clock. No pickles."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor, nn

from train.config import FitConfig, as_table
from train.ema import Ema
from train.weights import load_tensors, save_tensors

STATE_NAME = "state.safetensors"


def save_state(
    folder: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    ema: Ema,
    clock: tuple[int, float],
    config: FitConfig,
) -> None:
    """Write everything a run needs to go on.

    Args:
        folder: Folder of the run.
        network: The network.
        optimiser: AdamW over the parameters of the network.
        ema: Its average.
        clock: Steps done and seconds spent.
        config: The configuration, for the record.
    """
    tensors: dict[str, Tensor] = {}
    tensors.update({f"network.{k}": v for k, v in network.state_dict().items()})
    tensors.update({f"average.{k}": v for k, v in ema.average.items()})
    for index, moments in optimiser.state_dict()["state"].items():
        tensors.update({f"optimiser.{index}.{k}": v for k, v in moments.items()})
    header = {"step": clock[0], "elapsed": clock[1], "config": as_table(config)}
    save_tensors(folder / STATE_NAME, tensors, header)


def load_state(
    folder: Path, network: nn.Module, optimiser: torch.optim.Optimizer, ema: Ema
) -> tuple[int, float] | None:
    """Restore a run in place.

    Returns:
        Steps done and seconds spent, or None if the folder holds no state.
    """
    path = folder / STATE_NAME
    if not path.is_file():
        return None
    tensors, header = load_tensors(path)
    network.load_state_dict(_under(tensors, "network."))
    ema.average = _under(tensors, "average.")
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _under(tensors, "optimiser.").items():
        index, key = name.split(".", 1)
        moments.setdefault(int(index), {})[key] = value
    table = optimiser.state_dict()
    optimiser.load_state_dict({"state": moments, "param_groups": table["param_groups"]})
    return int(json.loads(header["step"])), float(json.loads(header["elapsed"]))


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
