"""Train a network."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from train.config import FitConfig, read_config
from train.fit import fit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--config", type=Path, required=True, help="TOML file of the run")
    parser.add_argument("--out", help="folder of the run, instead of run.out")
    parser.add_argument("--fold", type=int, help="the fold to leave out, instead of folds.index")
    parser.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="SECTION.NAME=VALUE",
        help="another value than that of the file, such as run.steps=500; may be repeated",
    )


def run(options: argparse.Namespace) -> int:
    """Train to the end of the run."""
    changes = list(options.changes)
    if options.out is not None:
        # Quoted: a folder may be called like a number or a date.
        changes.append(f"run.out={json.dumps(options.out, ensure_ascii=False)}")
    if options.fold is not None:
        changes.append(f"folds.index={options.fold}")
    fit(read_config(options.config, FitConfig, changes))
    return 0
