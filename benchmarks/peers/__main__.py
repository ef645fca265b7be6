"""How many times faster is this than what you would use instead?

    python -m benchmarks.peers --images 6 --size 1000-1500 --rounds 3 \
        --network seresnext50 --work out/peers --json benchmarks/results/peers-NAME.json
    python -m benchmarks.peers --bundle DIR --checkpoint fold1.pth

Same weights, same pages, same threads; each way from the JPEG file to the map. What is compared,
and how fair play is kept, is told in docs/explanation/comparison.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.networks.fixed import NETWORKS, fixed_networks
from benchmarks.page_files import page_sizes, write_pages
from benchmarks.peers.chart import draw_chart
from benchmarks.peers.figures import seconds_an_image, targets_told, times_faster
from benchmarks.peers.report import PeerReport, WayRecord
from benchmarks.peers.run import run_ways
from benchmarks.peers.way_process import WayFailed
from benchmarks.peers.ways.registry import WAYS
from benchmarks.peers.ways.way import ORIGINAL_SIZES, Networks, WaySetting
from forensics_rt.bench.plot import check_outputs
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import ForensicsError
from forensics_rt.system.machine import this_machine

TABLE_WIDTH = 160


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write where asked; return the exit code."""
    asked = _parse(arguments)
    errors = Console(stderr=True, log_path=False)
    try:
        check_outputs(asked.json, asked.plot)
        with tempfile.TemporaryDirectory() as spare:
            report = compare_ways(asked, asked.work or Path(spare), errors)
        show(report, Console())
        if asked.json:
            asked.json.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
        if asked.plot:
            draw_chart(report, asked.plot)
    except (ForensicsError, WayFailed) as error:
        errors.print(f"error: {error}", markup=False, highlight=False, soft_wrap=True)
        return 1
    return 0


def compare_ways(asked: argparse.Namespace, work: Path, console: Console) -> PeerReport:
    """Make the networks and the pages, and run every way that can run here."""
    machine = this_machine()  # its load, before ours
    reasons = {name: WAYS[name].why_not() for name in asked.ways}
    networks = (
        _networks_apart(work, asked.network, asked.members)
        if asked.bundle is None
        else Networks(tuple(asked.checkpoint), asked.bundle)
    )
    sizes = page_sizes(asked.images, *asked.size)
    pages = dict(zip(write_pages(work / "pages", sizes), sizes, strict=True))
    setting = WaySetting(asked.tile, asked.overlap, machine.cores)
    ways = run_ways(
        [name for name, reason in reasons.items() if reason is None],
        networks,
        setting,
        pages,
        asked.rounds,
        lambda line: console.log(line, markup=False, highlight=False),
    )
    return PeerReport(
        taken=date.today(),
        machine=machine.facts(),
        network=asked.network if asked.bundle is None else Bundle.open(asked.bundle).manifest.name,
        members=len(networks.checkpoints),
        tile=asked.tile,
        overlap=asked.overlap,
        threads=setting.threads,
        images=tuple(sizes),
        ways=tuple(ways),
        not_run={name: reason for name, reason in reasons.items() if reason is not None},
    )


def _networks_apart(work: Path, network: str, members: int) -> Networks:
    """Build in a process that ends, and takes its memory and threads with it."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(fixed_networks, work, network, members, ORIGINAL_SIZES).result()


def show(report: PeerReport, console: Console) -> None:
    """Print the table, the aims, the versions, and what was not run."""
    if not console.is_terminal:
        console.width = TABLE_WIDTH
    table = Table("way", "tiles", "computed", "s/image", "Mpx/s", "× the original",
                  "ours, equal tiles", "peak MiB", "max |Δp|", "flipped")  # fmt: skip
    table.columns[0].no_wrap = True
    for way in report.ways:
        table.add_row(*_cells(way, report))
    console.print(table)
    lines = targets_told(report)
    lines += [
        f"{way.title}: " + ", ".join(f"{name} {number}" for name, number in way.versions.items())
        for way in report.ways
    ]
    lines += [f"not run: {name}: {reason}" for name, reason in report.not_run.items()]
    lines.append(", ".join(f"{key} {value}" for key, value in report.machine.items()))
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _cells(way: WayRecord, report: PeerReport) -> list[str]:
    seconds = seconds_an_image(way)
    original, ours = report.way("original"), report.way(way.equal)
    sides = " ".join(map(str, sorted(set(way.tile_sizes))))
    cells = [
        way.title,
        f"{sum(way.tiles)} of {sides}",
        f"{way.computed_pixels / report.pixels:.2f}",
        f"{seconds:.2f}",
        f"{report.pixels / len(report.images) / seconds / 1e6:.3f}",
        str(times_faster(way, original)) if original else "—",
        str(times_faster(ours, way)) + "×" if ours else "—",
        "—" if way.peak_mib is None else f"{way.peak_mib:.0f}",
    ]
    if way.agreement is None:
        return [*cells, "—", "—"]
    agreement = way.agreement
    return [*cells, f"{agreement.max_difference:.4f}", f"{agreement.flipped_share:.3%}"]


def _size_range(text: str) -> tuple[int, int]:
    shortest, _, longest = text.partition("-")
    try:
        found = int(shortest), int(longest or shortest)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be like 1000-1500, but is {text!r}") from None
    if not min(ORIGINAL_SIZES) <= found[0] <= found[1]:
        raise argparse.ArgumentTypeError(
            f"must be two rising sides from {min(ORIGINAL_SIZES)} on, but is {text!r}: the "
            "original has no answer for smaller images"
        )
    return found


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, but is {text}")
    return int(text)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--images", type=_count, default=6, help="how many pages")
    add("--size", type=_size_range, default=(1000, 1500), help="range of their sides in pixels")
    add("--rounds", type=_count, default=3, help="how often each way sees each page")
    add("--network", choices=NETWORKS, default=NETWORKS[0])
    add("--members", type=_count, default=1, help="how many networks vote")
    add("--bundle", type=Path, help="in place of --network, with number formats that passed")
    add("--checkpoint", type=Path, action="append", help="that --bundle was built from, in order")
    add("--tile", type=int, choices=ORIGINAL_SIZES, default=512, help="of the libraries")
    add("--overlap", type=int, help="of the libraries; without it a quarter of the tile")
    add("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    add("--work", type=Path, help="keeps the networks and pages for the next run")
    add("--json", type=Path, help="write what was found here")
    add("--plot", type=Path, help="draw the chart here, as PNG")
    asked = parser.parse_args(arguments)
    if (asked.bundle is None) != (asked.checkpoint is None):
        parser.error("--bundle and --checkpoint go together: the ways in PyTorch take checkpoints")
    if asked.overlap is None:
        asked.overlap = asked.tile // 4
    if not 0 <= asked.overlap <= asked.tile // 2:
        parser.error(f"--overlap must be from 0 to {asked.tile // 2}, but is {asked.overlap}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
