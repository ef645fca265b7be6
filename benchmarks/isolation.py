"""What does `--isolate` cost for a small page?

    python -m benchmarks.isolation --pages 300 --json FILE

Decodes pages of 512×512 by turns in this process and in a child process, as files and as bytes, and
compares each page with itself. Where the machine has other work, waiting for a CPU is part of the
time: the processor time has none of it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

import psutil
from rich.console import Console

from benchmarks.service.pages import one_tile_files
from forensics_rt.io.decode import decode
from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.isolated.pool import DecoderPool

_WARM_UP = 20


@dataclass(frozen=True)
class Cost:
    """Milliseconds a page.

    Attributes:
        given: What was decoded: `file` or `bytes`.
        here: Median in this process.
        apart: Median in a child process.
        more: Median of the differences, page by page.
        quarters: What a quarter and three quarters of the differences stay below.
        processor: Means of the processor time, here and of both processes together.
    """

    given: str
    here: float
    apart: float
    more: float
    quarters: tuple[float, float]
    processor: tuple[float, float]


def measure(pages: int) -> list[Cost]:
    """Time pages in both ways, by turns.

    Args:
        pages: How many of each kind.
    """
    data = [file.data for file in one_tile_files(pages + _WARM_UP)]
    with tempfile.TemporaryDirectory() as folder, DecoderPool(1) as pool:
        files = [Path(folder) / f"{number}.jpg" for number in range(len(data))]
        for path, contents in zip(files, data, strict=True):
            path.write_bytes(contents)
        return [_compare("file", files, pool), _compare("bytes", data, pool)]


def _compare(given: str, images: Sequence[ImageInput], pool: DecoderPool) -> Cost:
    for image in images[:_WARM_UP]:
        decode(image)
        pool.decode(image)
    here, apart = _Turns(decode), _Turns(pool.decode)
    children = _children_seconds()
    for number, image in enumerate(images[_WARM_UP:]):
        # What comes second finds the file in memory, so the order changes.
        for turn in (here, apart) if number % 2 else (apart, here):
            turn.take(image)
    children = _children_seconds() - children
    more = [two - one for one, two in zip(here.seconds, apart.seconds, strict=True)]
    quarter, _, three = quantiles(more, n=4)
    count = len(more)
    return Cost(
        given,
        _ms(median(here.seconds)),
        _ms(median(apart.seconds)),
        _ms(median(more)),
        (_ms(quarter), _ms(three)),
        (_ms(here.processor / count), _ms((apart.processor + children) / count)),
    )


class _Turns:
    def __init__(self, decode: Callable[[ImageInput], object]) -> None:
        self._decode = decode
        self.seconds: list[float] = []
        self.processor = 0.0

    def take(self, image: ImageInput) -> None:
        before, clock = time.process_time(), time.perf_counter()
        self._decode(image)
        self.seconds.append(time.perf_counter() - clock)
        self.processor += time.process_time() - before


def _children_seconds() -> float:
    times = [child.cpu_times() for child in psutil.Process().children()]
    return sum(one.user + one.system for one in times)


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    costs = measure(options.pages)
    for cost in costs:
        Console().print(
            f"{cost.given}: {cost.here:.2f} ms here, {cost.apart:.2f} ms in a child: "
            f"{cost.more:+.2f} ms, half of the pages {cost.quarters[0]:+.2f} to "
            f"{cost.quarters[1]:+.2f}; processor time {cost.processor[0]:.2f} and "
            f"{cost.processor[1]:.2f} ms",
            soft_wrap=True,
        )
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(one) for one in costs], indent=2) + "\n")


if __name__ == "__main__":
    main()
