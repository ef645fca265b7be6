"""The chart of a comparison of ways: pages a minute, as bars.

python -m benchmarks.peers.chart benchmarks/results/peers-NAME.json docs/pictures/peers.png
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.figures import SpeedRatio, seconds_an_image, times_faster
from benchmarks.peers.report import PeerReport, WayRecord, read_peer_report
from forensics_rt.errors import ForensicsError
from forensics_rt.io.optional import load_optional

# 800 pixels wide, so that a page of documentation shows it as it is.
DOTS, WIDTH, BAR, AROUND = 100, 8.0, 0.36, 1.25
# Told apart by lightness too, for eyes and prints that do not tell colors apart.
OURS, THEIRS, ORIGINAL = "#0b4f8a", "#9db7cc", "#d9d9d9"
INK, FAINT = "#1a1a1a", "#595959"


def draw_chart(report: PeerReport, path: Path) -> Path:
    """Draw the bars of all ways that ran, fastest first, as a PNG file.

    Args:
        report: What was measured.
        path: The file to write.

    Raises:
        ForensicsError: If nothing ran, or matplotlib is not installed.

    Example:
        >>> draw_chart(read_peer_report(Path("peers.json")), Path("peers.png"))  # doctest: +SKIP
        PosixPath('peers.png')
    """
    if not report.ways:
        raise ForensicsError("no way ran, so there is nothing to draw")
    figures = load_optional("matplotlib.figure", "benchmarks", "a chart")
    ways = sorted(report.ways, key=seconds_an_image, reverse=True)
    size = (WIDTH, AROUND + BAR * len(ways))
    figure = figures.Figure(figsize=size, dpi=DOTS, layout="constrained")
    axes = figure.subplots()
    rates = [60 / seconds_an_image(way) for way in ways]
    axes.barh(range(len(ways)), rates, height=0.72, color=[_color(way) for way in ways])
    original = report.way("original")
    for place, (way, rate) in enumerate(zip(ways, rates, strict=True)):
        ratio = None if original is None or way is original else times_faster(way, original)
        label = axes.annotate(
            _label(rate, ratio), (rate, place), (5, 0), textcoords="offset points", va="center"
        )
        label.set(fontsize=10, color=INK, fontweight="bold" if way.equal is None else "normal")
    axes.set_yticks(range(len(ways)), [way.title for way in ways], fontsize=10, color=INK)
    axes.set_xlim(0, max(rates) * 1.28)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(FAINT)
    title = "Pages a minute, from file to map"
    figure.suptitle(
        title if original is None else f"{title} (and times the original system's)",
        fontsize=12, fontweight="bold", color=INK, x=0.01, ha="left",
    )  # fmt: skip
    figure.supxlabel(_below(report), fontsize=8.5, color=FAINT, linespacing=1.4, x=0.01, ha="left")
    figure.savefig(path, format="png", metadata={"Software": None})
    return path


def _color(way: WayRecord) -> str:
    if way.equal is None:
        return OURS
    return ORIGINAL if way.name == "original" else THEIRS


def _label(rate: float, ratio: SpeedRatio | None) -> str:
    times = "" if ratio is None else f"   ({ratio.value:.1f}×)"
    return f"{rate:.1f}{times}"


def _below(report: PeerReport) -> str:
    sides = [side for image in report.images for side in image]
    machine = report.machine
    pages = f"{len(report.images)} pages of {min(sides)}–{max(sides)} px"
    times = f"median of {report.rounds} rounds" if report.rounds > 1 else "one round"
    return (
        f"{report.network}, {report.members} member{'s' if report.members > 1 else ''}; {pages}, "
        f"{times}; libraries: tiles of {report.tile}, overlap {report.overlap}\n"
        f"{machine.get('processor', '')}, {report.threads} cores, "
        f"{machine.get('instructions', '')}; {report.taken.isoformat()}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the chart of a file; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("report", type=Path, help="what benchmarks.peers --json wrote")
    parser.add_argument("png", type=Path, help="the picture to write")
    asked = parser.parse_args(arguments)
    try:
        draw_chart(read_peer_report(asked.report), asked.png)
    except ForensicsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
