"""Command line of training: `python -m train COMMAND`, each with `--help`."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence

from forensics_rt.errors import ForensicsError

COMMANDS = (
    "synth",
    "contact",
    "samples",
    "fit-check",
    "pool",
    "fit",
    "fit-int8",
    "average",
    "narrow",
    "calibrate",
    "cascade",
    "evaluate",
    "robustness",
    "evade",
    "lines",
    "render",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(prog="train", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"train.commands.{name.replace('-', '_')}")
        about = (module.__doc__ or name).splitlines()[0]
        command = commands.add_parser(name, help=about, description=about)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(name)s %(message)s", datefmt="%H:%M:%S"
    )
    try:
        return int(options.run(options))
    except (ForensicsError, ValueError, OSError) as error:
        sys.stderr.write(f"train {options.command}: {error}\n")
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
