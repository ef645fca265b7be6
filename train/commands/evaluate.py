"""Measure a checkpoint on held-out material."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import torch

from train.checkpoints import load_checkpoint
from train.config import SynthConfig, read_config
from train.evaluate import (
    alarms,
    answer_clean_scans,
    answer_pages,
    quiet_threshold,
    summarise,
    sweep,
)
from train.synth.sources import open_sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True, help="TOML with [sources], [page]")
    parser.add_argument("--count", type=int, default=300, help="test pages")
    parser.add_argument("--validation", type=int, default=100, help="pages for the threshold")
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--after-life", type=float, default=1.0, help="strength, 0 to 1")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")


def run(options: argparse.Namespace) -> int:
    """Measure, print a table, write JSON."""
    cv2.setNumThreads(1)
    torch.set_num_threads(options.threads)
    config = read_config(options.config, SynthConfig)
    sources = open_sources(config.sources, held_out=True)
    network = load_checkpoint(options.checkpoint).network.to(memory_format=torch.channels_last)
    # The threshold comes from other pages than the figures: its seed is one further.
    tuning = answer_pages(
        network, sources, config.page, options.seed + 1, options.validation, options.after_life
    )
    chosen = quiet_threshold(tuning)
    answers = answer_pages(
        network, sources, config.page, options.seed, options.count, options.after_life
    )
    clean = answer_clean_scans(network, sources)
    report: dict[str, Any] = {
        "checkpoint": options.checkpoint.name,
        "seed": options.seed,
        "chosen_threshold": chosen,
        "all_at_half": summarise(answers, 0.5),
        "all_at_chosen": summarise(answers, chosen),
        "real_at_chosen": summarise([a for a in answers if a.real], chosen),
        "rendered_at_chosen": summarise([a for a in answers if not a.real], chosen),
        "clean_scans_at_chosen": alarms(clean, chosen),
        "sweep": sweep(answers, clean),
    }
    sys.stdout.write(table(report))
    if options.out:
        options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


def table(report: dict[str, Any]) -> str:
    """Format a report as lines of text."""
    columns = ("pages", "f1", "iou", "precision", "recall", "image_auc", "untouched_pages_alarmed")
    lines = ["set".ljust(18) + "".join(c[:12].rjust(14) for c in columns)]
    for name, figures in report.items():
        if isinstance(figures, dict) and "f1" in figures:
            lines.append(name.ljust(18) + "".join(f"{figures[c]:14.3f}" for c in columns))
    for group in ("recall_by_kind", "recall_by_size"):
        kinds = report["all_at_chosen"][group]
        lines.append(group + ": " + ", ".join(f"{k} {v:.2f}" for k, v in kinds.items()))
    scans = report["clean_scans_at_chosen"]
    lines.append(
        f"clean scans: {scans['images']} images, {scans['alarmed']:.2f} alarmed, "
        f"{100 * scans['mean_area']:.2f} % of the area; threshold {report['chosen_threshold']}"
    )
    lines += [", ".join(f"{k} {v:.4f}" for k, v in row.items()) for row in report["sweep"]]
    return "\n".join(lines) + "\n"
