"""Fuzz the readers: `python -m tests.fuzz --minutes 60 --results fuzz.jsonl`.

Prints a JSON line for each target and turn, and adds it to the results, so that sessions add up.
What is found stays in `--out`: inputs that crash other software must not be kept with the sources.
Needs `pip install atheris`, on Linux.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from tests.fuzz.session import run_turn
from tests.fuzz.targets import TARGETS
from tests.fuzz.totals import totals_of


def main() -> None:
    """Read the command line, and fuzz each target in turn until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, in all")
    parser.add_argument("--turn", type=float, default=3.0, help="minutes of a target at a time")
    parser.add_argument("--target", nargs="*", choices=sorted(TARGETS), help="default: all")
    parser.add_argument("--out", type=Path, default=Path("out/fuzz"), help="inputs and findings")
    parser.add_argument("--results", type=Path, help="JSON lines to add to")
    parser.add_argument("--sum", action="store_true", help="add up --results, and run nothing")
    asked = parser.parse_args()
    if asked.sum:
        print(json.dumps(totals_of(asked.results.read_text(encoding="utf-8").splitlines())))
        return
    ends = time.monotonic() + asked.minutes * 60
    names = asked.target or list(TARGETS)
    while (left := ends - time.monotonic()) > 1:
        for name in names:
            left = ends - time.monotonic()
            if left <= 1:
                break
            line = json.dumps(run_turn(TARGETS[name], asked.out / name, min(left, asked.turn * 60)))
            print(line, flush=True)
            if asked.results is not None:
                with asked.results.open("a", encoding="utf-8") as results:
                    results.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
