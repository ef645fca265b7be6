"""Average checkpoints of one network, weight by weight."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from forensics_rt.io.writers import check_writable_file
from train.weights import load_tensors, save_weights


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "checkpoints", type=Path, nargs="+", help="of one network, trained on from one another"
    )
    parser.add_argument("--out", type=Path, required=True, help="file to write, .safetensors")


def run(options: argparse.Namespace) -> int:
    """Write the mean of the weights.

    Where one checkpoint was trained on from the other, or both from a third, it is often better
    than either: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022, section 3,
    with their mixing coefficient 0.5. Checkpoints that were trained apart have no mean worth
    anything.

    Raises:
        ValueError: If there are fewer than two, or they are not of one network.
    """
    if len(options.checkpoints) < 2:
        raise ValueError(f"there must be two checkpoints or more, but is {options.checkpoints[0]}")
    check_writable_file(options.out)
    average(options.checkpoints, options.out)
    return 0


def average(checkpoints: Sequence[Path], out: Path) -> None:
    """Write the mean of checkpoints as one more, each counting the same."""
    loaded = [load_tensors(path) for path in checkpoints]
    first, header = loaded[0]
    for path, (tensors, other) in zip(checkpoints[1:], loaded[1:], strict=True):
        same = all(header.get(key) == other.get(key) for key in ("architecture", "config"))
        if not same or tensors.keys() != first.keys():
            raise ValueError(
                f"{path}: must be a checkpoint of the same network as {checkpoints[0]}, "
                f"{header.get('architecture')} {header.get('config')}, but is "
                f"{other.get('architecture')} {other.get('config')}"
            )
    mean = {}
    for name, tensor in first.items():
        each = torch.stack([tensors[name].double() for tensors, _ in loaded])
        mean[name] = each.mean(0).to(tensor.dtype)
    save_weights(
        out,
        mean,
        header["architecture"],
        json.loads(header["config"]),
        max(int(found["step"]) for _, found in loaded),
        {"averaged": [path.name for path in checkpoints]},
    )
