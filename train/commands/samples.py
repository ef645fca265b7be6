"""Make sample images with masks for a demonstration."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2

from forensics_rt.io.writers import check_writable
from train.config import SynthConfig, read_config
from train.ranges import check_counts
from train.synth.samples import write_samples
from train.synth.sources import open_sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--config", type=Path, help="TOML with [sources]")


def run(options: argparse.Namespace) -> int:
    """Write the samples from held-out material and list them.

    Raises:
        ValueError: If there are to be no samples.
        OutputError: If the folder takes no files.
    """
    check_counts(options, "count")
    check_writable(options.out)
    cv2.setNumThreads(1)
    config = read_config(options.config, SynthConfig) if options.config else SynthConfig()
    sources = open_sources(config.sources, held_out=True)
    for record in write_samples(options.out, options.count, options.seed, sources):
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    return 0
