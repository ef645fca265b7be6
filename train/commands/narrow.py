"""Start a narrower forensic_unet from the most important channels of a wider one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from forensics_rt.io.writers import check_writable_file
from train.checkpoint.load import load_checkpoint
from train.networks import HOUSE
from train.networks.forensic_unet import ForensicUNet
from train.networks.narrowing import dilations_of, narrowed
from train.origin import as_notes, made_by, parent
from train.weights import save_weights


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("checkpoint", type=Path, help="of a forensic_unet")
    parser.add_argument(
        "--widths",
        type=int,
        nargs=4,
        required=True,
        metavar="CHANNELS",
        help="channels at 1/2, 1/4, 1/8 and 1/16 of the resolution, none more than there are",
    )
    parser.add_argument("--out", type=Path, required=True, help="file to write, .safetensors")


def run(options: argparse.Namespace) -> int:
    """Write the narrower network.

    Raises:
        CheckpointError: If the checkpoint cannot be read.
        ValueError: If it is of another network, or the widths are not less.
    """
    check_writable_file(options.out)
    narrow(options.checkpoint, options.widths, options.out)
    return 0


def narrow(checkpoint: Path, widths: Sequence[int], out: Path) -> None:
    """Write a checkpoint with the most important channels of another.

    It is a start for training: `run.init` of a config takes it, with `model.widths` to match.

    Args:
        checkpoint: Of a `forensic_unet`.
        widths: Channels at 1/2, 1/4, 1/8 and 1/16 of the resolution.
        out: File to write.

    Raises:
        CheckpointError: If the checkpoint cannot be read.
        ValueError: If it is of another network, or the widths are not less.
    """
    loaded = load_checkpoint(checkpoint)
    network = loaded.network
    if loaded.architecture != HOUSE or not isinstance(network, ForensicUNet):
        raise ValueError(
            f"{checkpoint}: must be a checkpoint of {HOUSE}, but is of {loaded.architecture}; only "
            f"{HOUSE} can be narrowed"
        )
    narrower = narrowed(network, widths)
    sizes = {"widths": list(widths), "dilations": list(dilations_of(narrower))}
    step = int(loaded.metadata.get("step", 0))
    origin = made_by(
        "narrow",
        options={"widths": list(widths)},
        parents=(parent("narrowed", checkpoint),),
    )
    figures = {"narrowed_from": loaded.sha256}
    save_weights(out, narrower.state_dict(), HOUSE, sizes, step, figures, as_notes(origin))
