"""Fill a pool of ready pages for training."""

from __future__ import annotations

import argparse
import multiprocessing
from pathlib import Path

import cv2

from forensics_rt.io.writers import check_writable
from train.config import SynthConfig, read_config
from train.data.page_maker import end_with_parent
from train.data.pool import fill_pool
from train.ranges import check_counts
from train.synth.page import PageConfig
from train.synth.sources import Sources, open_sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--config", type=Path, required=True, help="TOML with [sources], [page]")
    parser.add_argument("--out", type=Path, required=True, help="folder of the shards")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first shard")
    parser.add_argument("--step", type=int, default=1, help="distance between shard numbers")
    parser.add_argument("--shards", type=int, default=100, help="shards to make, for each process")
    parser.add_argument("--keep", type=int, default=100, help="most shards in the folder")
    parser.add_argument("--rest", type=float, default=0.0, help="seconds of rest after a shard")
    parser.add_argument("--workers", type=int, default=1, help="processes, side by side")


def run(options: argparse.Namespace) -> int:
    """Make the shards.

    Raises:
        ValueError: If there is to be no shard, no process, or no step from shard to shard.
    """
    check_counts(options, "step", "shards", "keep", "workers")
    config = read_config(options.config, SynthConfig)
    check_writable(options.out)
    sources = open_sources(config.sources, held_out=False)
    if options.workers == 1:
        _fill(options, sources, config.page, 0)
        return 0
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_fill, args=(options, sources, config.page, index), daemon=True)
        for index in range(options.workers)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    failed = [worker.exitcode for worker in workers if worker.exitcode]
    return 1 if failed else 0


def _fill(options: argparse.Namespace, sources: Sources, config: PageConfig, index: int) -> None:
    cv2.setNumThreads(1)
    end_with_parent()
    fill_pool(
        options.out,
        sources,
        config,
        options.seed,
        options.first + options.step * index,
        options.step * options.workers,
        options.shards,
        options.keep,
        options.rest,
    )
