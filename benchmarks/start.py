"""How long does the whole command take for one page, here and in another checkout, in turns?

    python -m benchmarks.start --other CHECKOUT docs/samples/license.jpg
    python -m benchmarks.start --other CHECKOUT --processors 0 page.jpg

Each checkout runs `forensics-rt detect` on the images once without being timed, which fills caches,
and then in turns. `processor` is the time of all threads, and `busy` that over the wall time: 2 is
two processors. The times of a machine that does other work are too long, their ratios less so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Run:
    """One run of the command.

    Attributes:
        wall: Seconds from its start to its end.
        processor: Seconds of the processor, in the program and for it in the system.
    """

    wall: float
    processor: float


def run_command(checkout: Path, words: Sequence[str], processors: str | None = None) -> Run:
    """Run `forensics-rt` of a checkout.

    Args:
        checkout: Folder of its repository.
        words: What follows `forensics-rt`.
        processors: Those that it may use, as `taskset -c` lists them; `None` for all.

    Raises:
        RuntimeError: If the command fails.
    """
    before = [] if processors is None else ["taskset", "-c", processors]
    environment = os.environ | {"PYTHONPATH": str(checkout.absolute())}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a program that is installed has its bytecode
    start = time.perf_counter()
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "forensics_rt", *words],
        cwd=checkout,  # which comes before the path
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"{checkout}: forensics-rt {' '.join(words)} ended with {process.returncode}"
        )
    return Run(wall, used.ru_utime + used.ru_stime)


def in_turns(
    checkouts: Sequence[Path], words: Sequence[str], rounds: int, processors: str | None
) -> list[list[Run]]:
    """Return the runs of each checkout."""
    runs: list[list[Run]] = [[] for _ in checkouts]
    with tempfile.TemporaryDirectory() as out:
        for number in range(rounds + 1):
            for checkout, of_it in zip(checkouts, runs, strict=True):
                run = run_command(checkout, [*words, "--out", out], processors)
                if number:
                    of_it.append(run)
    return runs


def table_of(checkouts: Sequence[Path], runs: Sequence[Sequence[Run]]) -> Table:
    """Lay medians out, and how they relate to those of the first checkout."""
    table = Table("checkout", "wall", "processor", "busy", "wall, ratio", "processor, ratio")
    medians = [
        (median(run.wall for run in some), median(run.processor for run in some)) for some in runs
    ]
    for checkout, (wall, processor) in zip(checkouts, medians, strict=True):
        ratios = wall / medians[0][0], processor / medians[0][1]
        table.add_row(
            checkout.name,
            f"{wall:.3f} s",
            f"{processor:.3f} s",
            f"{processor / wall:.2f}",
            *(f"{ratio:.2f}" for ratio in ratios),
        )
    return table


def main() -> None:
    """Time both, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="what to detect in")
    parser.add_argument("--other", type=Path, required=True, help="the checkout to compare with")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--processors", help="those to use, such as 0 or 0,1; all without it")
    options = parser.parse_args()
    checkouts = (options.other, HERE)
    words = ["detect", *(str(Path(image).absolute()) for image in options.images)]
    runs = in_turns(checkouts, words, options.rounds, options.processors)
    Console().print(table_of(checkouts, runs))


if __name__ == "__main__":
    main()
