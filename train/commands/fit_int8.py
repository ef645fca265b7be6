"""Train a network for a few hundred steps so that it answers in int8 as it does in float32."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from forensics_rt.io.decode import decode
from forensics_rt.io.sources import SUFFIXES
from forensics_rt.io.writers import check_writable_file
from train.checkpoint.load import INT8_OF, INT8_RANGES, load_checkpoint
from train.config.stage import check_crop
from train.data_hashes import data_records
from train.int8.fit import Int8Plan, Pixels, fit_int8, told
from train.networks.layout import channels_last
from train.origin import as_notes, made_by, parent
from train.weights import save_weights

_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    usual = Int8Plan()
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, help="of the network in float32; it stays")
    add("--arch", default="auto", help="its architecture, if the checkpoint does not tell")
    add(
        "--images",
        type=Path,
        required=True,
        help="folder of pages like those in use, without labels; give the folder that is "
        "--calibration-images of the build. Every other one is trained on, the others measure",
    )
    add("--out", type=Path, required=True, help="checkpoint to write, .safetensors")
    add("--steps", type=int, default=usual.steps, help="(default: %(default)s)")
    add("--crop", type=int, default=usual.crop, help="side in pixels (default: %(default)s)")
    add("--batch", type=int, default=usual.batch, help="crops in a step (default: %(default)s)")
    add("--rate", type=float, default=usual.rate, help="of learning (default: %(default)s)")
    add(
        "--threshold",
        type=float,
        default=usual.threshold,
        help="probability from which a pixel counts as forged (default: %(default)s)",
    )
    add("--seed", type=int, default=usual.seed, help="of the choice of crops")
    add("--threads", type=int, default=2, help="of PyTorch (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Train, and write the checkpoint with its ranges.

    Raises:
        CheckpointError: If the checkpoint cannot be read.
        OutputError: If the file cannot be written.
        ValueError: If the images do not suffice, or a number makes no sense.
    """
    for name in ("steps", "batch", "threads"):
        if getattr(options, name) < 1:
            raise ValueError(f"--{name} must be 1 or more, but is {getattr(options, name)}")
    if options.out.suffix != ".safetensors":
        raise ValueError(f"--out must end with .safetensors, but is {options.out}")
    check_writable_file(options.out)
    torch.set_num_threads(options.threads)
    loaded = load_checkpoint(options.checkpoint, options.arch)
    check_crop("--crop", options.crop, loaded.architecture)
    plan = Int8Plan(
        options.steps, options.crop, options.batch, options.rate, options.seed, options.threshold
    )
    network = channels_last(loaded.network)
    fitted = fit_int8(network, _images(options.images), plan)
    origin = made_by(
        "fit-int8",
        options=asdict(plan),
        seed=plan.seed,
        steps=plan.steps,
        data=data_records([str(options.images)]),
        parents=(parent("quantized", options.checkpoint),),
    )
    ranges = {name: (one.low, one.high) for name, one in fitted.ranges.items()}
    save_weights(
        options.out,
        network.state_dict(),
        loaded.architecture,
        json.loads(loaded.metadata.get("config", "{}")),
        plan.steps,
        {"before": asdict(fitted.before), "after": asdict(fitted.after)},
        {INT8_RANGES: ranges, INT8_OF: loaded.sha256, **as_notes(origin)},
    )
    if fitted.after.flipped_share > fitted.before.flipped_share:
        _log.warning(
            "%s: more decisions flip than before; give more images, a smaller --rate or fewer "
            "--steps, or build without it",
            options.out,
        )
    sys.stdout.write(f"before: {told(fitted.before)}\nafter: {told(fitted.after)}\n")
    return 0


def _images(folder: Path) -> list[Pixels]:
    if not folder.is_dir():
        raise ValueError(f"{folder}: no such folder; --images takes a folder of images")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return [decode(path).pixels for path in files]
