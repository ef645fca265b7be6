"""What does a folder of pages of all sizes cost, and what do screenshots, against another checkout?

    python -m benchmarks.mixed_pages --against ../before --json FILE
    python -m benchmarks.mixed_pages --kind screens --against ../before
    python -m benchmarks.mixed_pages --at-once 10 --against ../before

The pages are drawn from a seed. Each checkout has a process of its own, and every page goes through
both before the next one comes; who is first changes. With `--at-once` pages come as a folder's do,
so that decoding and computing overlap. Nothing is warmed up but the engine's start:
what compiling costs counts. `processor` is the time that a process computed, which other programs
on the machine do not lengthen as they do the wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from export.parity.probes import synthetic_page
from forensics_rt.bench.noise import turns
from forensics_rt.bench.plot import check_outputs
from forensics_rt.system.machine import this_machine

KINDS = ("mixed", "screens")
FEWEST, MOST = 0.5e6, 4e6  # pixels
LONGEST = 2.2  # height over width
# Runs in either checkout, so it knows public names alone.
_CHILD = """
import json, sys, time
from forensics_rt import Detector
bundle, backend, precision = sys.argv[1:]
chosen = {} if precision == "auto" else {"precision": precision}
with Detector(bundle, backend, **chosen) as detector:
    print(json.dumps({"precision": detector.capabilities.precision}), flush=True)
    for line in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        pages = json.loads(line)
        found = list(detector.stream(pages)) if len(pages) > 1 else [detector(*pages)]
        spent = time.perf_counter() - wall, time.process_time() - processor
        names = ("tiles", "constant_tiles", "repeated_tiles")
        told = [sum(getattr(one.provenance, name, 0) for one in found) for name in names]
        print(json.dumps([*spent, *told]), flush=True)
"""


@dataclass(frozen=True)
class Cost:
    """What a page, or some at once, cost one checkout.

    Attributes:
        wall: Seconds.
        processor: Seconds that its process computed, on all cores.
        tiles: How many there were.
        constant: How many of one color.
        repeated: How many like another one.
    """

    wall: float
    processor: float
    tiles: int
    constant: int
    repeated: int


def page_sizes(count: int, seed: int) -> list[tuple[int, int]]:
    """Return heights and widths: pixels and shapes spread evenly on a logarithmic scale.

    Two of three are upright.
    """
    rng = np.random.default_rng(seed)
    sizes = []
    for number in range(count):
        pixels = np.exp(rng.uniform(np.log(FEWEST), np.log(MOST)))
        shape = np.exp(rng.uniform(0, np.log(LONGEST)))
        long, short = int((pixels * shape) ** 0.5), int((pixels / shape) ** 0.5)
        sizes.append((short, long) if number % 3 == 2 else (long, short))
    return sizes


def draw(kind: str, height: int, width: int, seed: int) -> npt.NDArray[np.uint8]:
    """Return a page: H×W×3 RGB. Of a screen so much below is white that half its tiles are."""
    page = synthetic_page(max(height, width), seed)[:height, :width]
    if kind == "screens":
        page = page.copy()
        page[int(0.33 * height) :] = 255
    return page


def write_pages(folder: Path, kind: str, count: int, seed: int) -> Iterator[Path]:
    """Draw the pages as PNG files."""
    for number, (height, width) in enumerate(page_sizes(count, seed)):
        path = folder / f"{number}-{width}x{height}.png"
        cv2.imwrite(str(path), draw(kind, height, width, seed + number)[..., ::-1])
        yield path


class Checkout:
    """A process that runs the code of a folder.

    Args:
        folder: Of the checkout.
        asked: Bundle, backend and precision.
    """

    def __init__(self, folder: Path, asked: tuple[str, str, str]) -> None:
        """Start it, and wait until its detector is open."""
        environment = os.environ | {"PYTHONPATH": str(folder)}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, *asked],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=environment,
        )
        self.precision: str = self._answer()["precision"]

    def __call__(self, pages: Sequence[Path]) -> Cost:
        """Find the forged pixels of pages, and say what that cost."""
        print(json.dumps([str(page) for page in pages]), file=self._process.stdin, flush=True)
        return Cost(*self._answer())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise SystemExit("a checkout's process ended; what it printed is above")
        return json.loads(line)


def show(title: str, costs: dict[str, list[Cost]], precision: dict[str, str]) -> None:
    """Print the sums over all pages."""
    table = Table("checkout", "format", "wall s", "processor s", "tiles", "constant", "repeated")
    for name, of_pages in costs.items():
        sums = [sum(values) for values in zip(*(asdict(c).values() for c in of_pages), strict=True)]
        seconds = [f"{value:.1f}" for value in sums[:2]]
        table.add_row(name, precision[name], *seconds, *map(str, sums[2:]))
    console = Console()
    console.print(title, table)
    if len(costs) == 2:
        ours, theirs = costs.values()
        for clock in ("wall", "processor"):
            ratio = gain(ours, theirs, clock)
            console.print(
                f"{clock}: {ratio[1]:.2f} times as fast ({ratio[0]:.2f} to {ratio[2]:.2f})"
            )


def gain(ours: list[Cost], theirs: list[Cost], clock: str) -> tuple[float, float, float]:
    """Return theirs over ours, all pages together: in the middle, and the ends of 95 %."""
    both = np.array([[getattr(cost, clock) for cost in costs] for costs in (theirs, ours)])
    drawn = np.random.default_rng(0).integers(0, both.shape[1], (2000, both.shape[1]))
    sums = both[:, drawn].sum(axis=2)
    low, high = np.percentile(sums[0] / sums[1], (2.5, 97.5))
    return float(low), float(both[0].sum() / both[1].sum()), float(high)


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=KINDS, default=KINDS[0])
    parser.add_argument("--count", type=int, default=200, help="pages")
    parser.add_argument("--at-once", type=int, default=1, help="pages given at once")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--against", type=Path, help="folder of the other checkout")
    parser.add_argument("--bundle", default="default")
    parser.add_argument("--against-bundle", help="of the other checkout, if it has another one")
    parser.add_argument("--backend", default="openvino")
    parser.add_argument("--precision", default="auto", choices=("auto", "float32"))
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    check_outputs(options.json, None)
    machine = this_machine().facts()
    asked = options.backend, options.precision
    folders = {"this": Path(__file__).parents[1]}
    folders |= {"against": options.against.resolve()} if options.against else {}
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bundles = {"this": options.bundle, "against": options.against_bundle or options.bundle}
        checkouts = {
            name: Checkout(folder, (bundles[name], *asked)) for name, folder in folders.items()
        }
        for checkout in checkouts.values():
            stack.callback(checkout.close)
        costs: dict[str, list[Cost]] = {name: [] for name in checkouts}
        names, pages = list(checkouts), write_pages(work, options.kind, options.count, options.seed)
        given: list[Path] = []
        rounds = -(-options.count // options.at_once)
        for turn, (_, number) in enumerate(turns(len(names), rounds)):
            given = list(islice(pages, options.at_once)) if turn % len(names) == 0 else given
            costs[names[number]].append(checkouts[names[number]](given))
    precision = {name: checkout.precision for name, checkout in checkouts.items()}
    show(f"{options.count} pages, {options.kind}", costs, precision)
    if options.json:
        told = {"date": date.today().isoformat(), "machine": machine, "kind": options.kind}
        figures = {name: [asdict(cost) for cost in of_pages] for name, of_pages in costs.items()}
        text = json.dumps(told | {"precision": precision, "costs": figures}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
