"""Check that a network can learn a few hundred crops by heart, before a long run."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import cv2
import torch

from forensics_rt.io.writers import check_writable_file
from train.config import SynthConfig, read_config
from train.config.stage import check_crop
from train.fit_check import FitCheckPlan, fit_check, make_crops
from train.networks import HOUSE, build_network
from train.networks.layout import channels_last
from train.synth.sources import open_sources

UNSEEN_PAGES_FROM = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--config", type=Path, required=True, help="TOML with [sources], [page]")
    parser.add_argument("--architecture", default=HOUSE)
    parser.add_argument("--crops", type=int, default=256)
    parser.add_argument("--size", type=int, default=128, help="side of a crop in pixels")
    parser.add_argument("--passes", type=int, default=80)
    parser.add_argument("--after-life", type=float, nargs="+", default=[0.0, 1.0], help="0 to 1")
    parser.add_argument("--least", type=float, default=0.9, help="F1 on seen crops to pass")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")


def run(options: argparse.Namespace) -> int:
    """Train on the crops, once for each after-life; fail if one of them cannot be learned.

    Raises:
        OutputError: If the figures cannot be written.
        ValueError: If crops of that size do not fit the network.
    """
    check_crop("--size", options.size, options.architecture)
    if options.out is not None:
        check_writable_file(options.out)
    cv2.setNumThreads(1)
    torch.set_num_threads(options.threads)
    config = read_config(options.config, SynthConfig)
    sources = open_sources(config.sources, held_out=False)
    results = []
    for after_life in options.after_life:
        plan = FitCheckPlan(
            options.crops, options.size, options.passes, after_life=after_life, seed=options.seed
        )
        seen = make_crops(sources, config.page, plan, 0)
        unseen = make_crops(sources, config.page, plan, UNSEEN_PAGES_FROM)
        torch.manual_seed(options.seed)
        network = channels_last(build_network(options.architecture))
        result = fit_check(network, seen, unseen, plan)
        results.append(asdict(result))
        sys.stdout.write(
            f"{options.architecture}, after-life {after_life:g}: F1 {result.seen_f1:.3f} on "
            f"{plan.crops} crops seen {plan.passes} times, {result.unseen_f1:.3f} on unseen ones "
            f"({result.steps} steps, {result.minutes:.1f} min)\n"
        )
        sys.stdout.flush()
        if options.out is not None:
            text = json.dumps(results, indent=2) + "\n"
            options.out.write_text(text, encoding="utf-8")
    return 0 if all(float(r["seen_f1"]) >= options.least for r in results) else 1
