"""What do the coefficients of a JPEG add to a network that sees its pixels?

python -m benchmarks.jpeg_branch --config train/configs/jpeg_branch.toml --with FILE --without FILE

Two checkpoints answer the same held-out pages. One reads pixels only, the other the coefficients,
too. Every page was a JPEG before it was edited, and its editor saves it as a JPEG. Each row is what
happens to that file. The file of the last row was never a JPEG after the edit: its coefficients are
those of a copy at quality 100, as the runtime makes them. The threshold of each network is that of
its best F1 over all rows on other pages.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import nn

from train.checkpoint.load import load_checkpoint
from train.config import SynthConfig, read_config
from train.data.page_maker import end_with_parent
from train.evaluation.bootstrap import f1_gain_interval, f1_interval
from train.evaluation.histogram import PixelHistogram
from train.evaluation.network import probability_map
from train.metrics import PixelCounts
from train.synth.afterlife import AfterLife, live, live_as_file, live_mask
from train.synth.afterlife.history import CutOff, LifeStep, Rescale, Save
from train.synth.labels import with_ignored
from train.synth.page import make_page
from train.synth.sources import Sources, open_sources

_TILES = (320, 384, 448, 512)
Steps = Callable[[np.random.Generator], tuple[LifeStep, ...]]


def _save(rng: np.random.Generator) -> Save:
    return Save(int(rng.integers(60, 96)), bool(rng.random() < 0.7))


def _cut(rng: np.random.Generator) -> CutOff:
    return CutOff(int(rng.integers(1, 8)), int(rng.integers(1, 8)))


def _scale(rng: np.random.Generator) -> Rescale:
    return Rescale(float(rng.uniform(0.7, 0.95)))


LIVES: dict[str, Steps] = {
    "never compressed again": lambda rng: (_save(rng),),
    "compressed once more": lambda rng: (_save(rng), _save(rng)),
    "cropped off the 8×8 grid": lambda rng: (_save(rng), _cut(rng), _save(rng)),
    "resized": lambda rng: (_save(rng), _scale(rng), _save(rng)),
    "saved without loss": lambda rng: (),
}
"""Row of the table → what happens to a page after the edit."""


@dataclass(frozen=True)
class Answer:
    """What one network says of one file.

    Attributes:
        origin: What the page was made from; `None` if it stands alone.
        pixels: Its pixels by probability and truth.
    """

    origin: str | None
    pixels: PixelHistogram


Answers = dict[str, list[Answer]]
"""Row → one answer a page."""


@dataclass(frozen=True)
class Question:
    """What is asked, as worker processes are sent it.

    Attributes:
        checkpoints: Files of the networks; a network with `dct_limit` is given coefficients.
        config: The sources and settings of the pages.
        threads: Of PyTorch in each process.
    """

    checkpoints: tuple[Path, ...]
    config: SynthConfig
    threads: int


def main() -> None:
    """Print F1 by row for both networks, and how much the branch adds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="TOML with [sources], [page]")
    parser.add_argument(
        "--with", dest="ours", type=Path, required=True, help="checkpoint that reads coefficients"
    )
    parser.add_argument(
        "--without", type=Path, required=True, help="checkpoint that reads pixels only"
    )
    parser.add_argument("--pages", type=int, default=100, help="pages (default: %(default)s)")
    parser.add_argument("--others", type=int, default=40, help="pages that choose the threshold")
    parser.add_argument("--seed", type=int, default=9000, help="of the pages")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch, in each process")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
    asked = parser.parse_args()
    config = read_config(asked.config, SynthConfig)
    question = Question((asked.ours, asked.without), config, asked.threads)
    # A forked copy of a process with PyTorch's threads may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.workers, context, end_with_parent) as workers:
        work = partial(answers, question)
        pages = [
            *((asked.seed + 1, index) for index in range(asked.others)),
            *((asked.seed, index) for index in range(asked.pages)),
        ]
        found = list(workers.map(work, *zip(*pages, strict=True)))
    others, measured = gathered(found[: asked.others]), gathered(found[asked.others :])
    print_table(measured, [best_threshold(rows) for rows in others])


@cache
def _opened(question: Question) -> tuple[tuple[nn.Module, ...], Sources]:
    cv2.setNumThreads(1)
    torch.set_num_threads(question.threads)
    networks = (load_checkpoint(file).network.eval() for file in question.checkpoints)
    return tuple(networks), open_sources(question.config.sources, held_out=True)


def answers(question: Question, seed: int, index: int) -> list[dict[str, Answer]]:
    """Have each network answer all rows of a held-out page: its row → its answer.

    Args:
        question: What is asked.
        seed: Of the pages.
        index: Number of the page.
    """
    networks, sources = _opened(question)
    page = make_page(seed, index, sources, replace(question.config.page, jpeg_only=True))
    origin = page.origin if page.real else None
    found: list[dict[str, Answer]] = [{} for _ in networks]
    for row, (name, steps) in enumerate(LIVES.items()):
        life = AfterLife(name, steps(np.random.default_rng([seed, index, row])))
        twin = live(page.twin, life)
        for network, rows in zip(networks, found, strict=True):
            limit = getattr(network, "dct_limit", None)
            image, beside = live(page.image, life), None
            if limit is not None:
                image, beside = live_as_file(page.image, life, limit)
            mask = with_ignored(live_mask(page.mask, life), image, twin)
            probability = probability_map(network, image, _TILES, beside)
            rows[name] = Answer(origin, PixelHistogram.of(probability, mask))
    return found


def gathered(pages: Sequence[list[dict[str, Answer]]]) -> list[Answers]:
    """Return the answers of each network by row, of those of each page."""
    return [{name: [page[n][name] for page in pages] for name in LIVES} for n in range(2)]


def best_threshold(rows: Answers) -> float:
    """Return the threshold of the best F1 over all pixels of all rows."""
    total = PixelHistogram.empty()
    for row in rows.values():
        for one in row:
            total += one.pixels
    return total.ranking().best_f1()[0]


def counts(row: list[Answer], threshold: float) -> list[PixelCounts]:
    """Return the counts of each page at a threshold."""
    return [one.pixels.ranking().counts_at(threshold) for one in row]


def print_table(found: list[Answers], thresholds: list[float]) -> None:
    """Print a row for each life, with intervals of 95 %."""
    table = Table("after the edit", "with the branch", "without", "difference")
    for name in LIVES:
        origins = [one.origin for one in found[0][name]]
        both = [
            counts(rows[name], threshold) for rows, threshold in zip(found, thresholds, strict=True)
        ]
        f1 = [sum(one, PixelCounts()).f1 for one in both]
        cells = [
            f"{value:.3f} [{low:.3f}, {high:.3f}]"
            for value, (low, high) in zip(
                f1, (f1_interval(one, origins=origins) for one in both), strict=True
            )
        ]
        low, high = f1_gain_interval(*both, origins=origins)
        table.add_row(name, *cells, f"{f1[0] - f1[1]:+.3f} [{low:+.3f}, {high:+.3f}]")
    Console(width=120).print(table)
    Console().print(f"thresholds: {thresholds[0]:.3f} with, {thresholds[1]:.3f} without")


if __name__ == "__main__":
    main()
