"""Train the house network."""

from __future__ import annotations

import argparse
from pathlib import Path

from train.config import FitConfig, read_config
from train.fit import Trainer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--config", type=Path, required=True, help="TOML file of the run")


def run(options: argparse.Namespace) -> int:
    """Train to the end of the run."""
    Trainer(read_config(options.config, FitConfig)).run()
    return 0
