"""Fill a pool of ready pages for training."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2

from train.config import SynthConfig, read_config
from train.pool import fill_pool
from train.synth.sources import open_sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--config", type=Path, required=True, help="TOML with [sources], [page]")
    parser.add_argument("--out", type=Path, required=True, help="folder of the shards")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first shard")
    parser.add_argument("--step", type=int, default=1, help="distance between shard numbers")
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--keep", type=int, default=100, help="most shards in the folder")
    parser.add_argument("--rest", type=float, default=0.0, help="seconds of rest after a shard")


def run(options: argparse.Namespace) -> int:
    """Make the shards."""
    cv2.setNumThreads(1)
    config = read_config(options.config, SynthConfig)
    sources = open_sources(config.sources, held_out=False)
    fill_pool(
        options.out,
        sources,
        config.page,
        options.seed,
        options.first,
        options.step,
        options.shards,
        options.keep,
        options.rest,
    )
    return 0
