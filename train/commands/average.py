"""Average checkpoints of one network, weight by weight, or keep one in half the space."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from forensics_rt.io.writers import check_writable_file
from train.checkpoint.load import LoadedNetwork, load_checkpoint
from train.origin import as_notes, made_by, parent
from train.weights import save_weights


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "checkpoints", type=Path, nargs="+", help="of one network, trained on from one another"
    )
    parser.add_argument("--out", type=Path, required=True, help="file to write, .safetensors")
    parser.add_argument(
        "--half", action="store_true", help="write float16, enough to train on from; one will do"
    )


def run(options: argparse.Namespace) -> int:
    """Write the mean of the weights.

    Where one checkpoint was trained on from the other, or both from a third, it is often better
    than either: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022, section 3,
    with their mixing coefficient 0.5. Checkpoints that were trained apart have no mean worth
    anything.

    Raises:
        CheckpointError: If one cannot be read.
        ValueError: If there are fewer than two, or they are not of one network.
    """
    if len(options.checkpoints) < 2 and not options.half:
        raise ValueError(f"there must be two checkpoints or more, but is {options.checkpoints[0]}")
    check_writable_file(options.out)
    average(options.checkpoints, options.out, options.half)
    return 0


def average(checkpoints: Sequence[Path], out: Path, half: bool = False) -> None:
    """Write the mean of checkpoints as one more, each counting the same.

    Args:
        checkpoints: Of one network.
        out: File to write.
        half: Write float16 instead of what they hold.

    Raises:
        CheckpointError: If one cannot be read.
        ValueError: If they are not of one network, or hold numbers too large for float16.
    """
    loaded = [load_checkpoint(path) for path in checkpoints]
    of, sizes = loaded[0].architecture, _sizes(loaded[0])
    for path, other in zip(checkpoints[1:], loaded[1:], strict=True):
        if (other.architecture, _sizes(other)) != (of, sizes):
            raise ValueError(
                f"{path}: must be a checkpoint of the same network as {checkpoints[0]}, {of} "
                f"{sizes}, but is {other.architecture} {_sizes(other)}"
            )
    states = [one.network.state_dict() for one in loaded]
    mean = {
        name: torch.stack([state[name].double() for state in states]).mean(0).to(tensor.dtype)
        for name, tensor in states[0].items()
    }
    if half:
        mean = {n: t.half() if t.is_floating_point() else t for n, t in mean.items()}
        large = [n for n, t in mean.items() if t.is_floating_point() and not t.isfinite().all()]
        if large:
            raise ValueError(
                f"--half: {large[0]} holds numbers too large for float16; leave it out"
            )
    origin = made_by(
        "average",
        options={"half": half},
        parents=tuple(parent("averaged", path) for path in checkpoints),
    )
    steps = max(int(one.metadata.get("step", 0)) for one in loaded)
    figures = {"averaged": [path.name for path in checkpoints]}
    save_weights(out, mean, of, sizes, steps, figures, as_notes(origin))


def _sizes(loaded: LoadedNetwork) -> dict[str, Any]:
    sizes: dict[str, Any] = json.loads(loaded.metadata.get("config", "{}"))
    return sizes
