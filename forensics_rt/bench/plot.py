"""A measurement as a picture: where the time goes, how it scatters, what it costs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from forensics_rt.bench.figures import ROWS
from forensics_rt.bench.report import Report, ReportRow
from forensics_rt.io.optional import load_optional
from forensics_rt.io.writers import check_writable_file, write_atomically

# Colors that the color-blind tell apart (Okabe and Ito, 2008).
_COLORS = ("#56B4E9", "#999999", "#009E73", "#0072B2", "#E69F00", "#CC79A7", "#D55E00", "#DDDDDD",
            "#F0E442")  # fmt: skip
_COLOR_OF = dict(zip(ROWS, _COLORS, strict=True))
_DOTS_PER_INCH = 120


def load_matplotlib() -> Any:
    """Return matplotlib's `Figure`, which draws without a window.

    Raises:
        OptionalDependency: If matplotlib is not installed.
    """
    return load_optional("matplotlib.figure", "bench", "a plot").Figure


def check_outputs(document: Path | None, picture: Path | None) -> None:
    """Refuse now what could not be written later; makes missing folders.

    Args:
        document: The JSON file, if one is wanted.
        picture: The plot, if one is wanted.

    Raises:
        OutputError: If one is a folder, or its folder takes no files.
        OptionalDependency: If a plot is wanted and matplotlib is not installed.
    """
    for path in (document, picture):
        if path is not None:
            check_writable_file(path)
    if picture is not None:
        load_matplotlib()


def plot(report: Report, path: Path) -> None:
    """Draw a report into a PNG file.

    Above the mean milliseconds of each stage, one bar a setting, with its rate and its parity;
    below the latency of each run in the order of the rounds, where a drift would show.

    Args:
        report: With one setting at least.
        path: Of the picture.

    Raises:
        OptionalDependency: If matplotlib is not installed.
        OutputError: If the file cannot be written.
    """
    figure = load_matplotlib()(figsize=(11, 5 + 0.4 * len(report.rows)), layout="constrained")
    bars, runs = figure.subplots(2, 1, height_ratios=(1 + len(report.rows), 4))
    _draw_stages(bars, report.rows)
    _draw_runs(runs, report.rows)
    figure.suptitle(f"{report.bundle} on {report.machine.cpu}, {report.created}", fontsize=10)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    write_atomically(path, buffer.getvalue())


def _draw_stages(axes: Any, rows: tuple[ReportRow, ...]) -> None:
    left = [0.0] * len(rows)
    for stage in ROWS:
        widths = [row.figures.stages_ms.get(stage, 0.0) for row in rows]
        if any(widths):
            axes.barh(range(len(rows)), widths, left=left, label=stage, color=_COLOR_OF[stage])
            left = [start + width for start, width in zip(left, widths, strict=True)]
    for place, (row, end) in enumerate(zip(rows, left, strict=True)):
        axes.annotate(
            f" {_price(row)}", (end, place), va="center", fontsize=8, annotation_clip=False
        )
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.35 * max(left))
    axes.set_xlabel("mean ms an image, one at a time")
    axes.legend(ncols=len(ROWS), fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _draw_runs(axes: Any, rows: tuple[ReportRow, ...]) -> None:
    for row in rows:
        axes.plot([1000 * value for value in row.samples.latencies], ".-", lw=0.5, label=row.label)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("round")
    axes.set_ylabel("latency, ms")
    axes.legend(fontsize=8)


def _price(row: ReportRow) -> str:
    rate = f"{row.figures.images_per_second:.3g} images/s"
    found = row.samples.parity
    return rate if found is None else f"{rate}, {found.flipped_share:.3%} of pixels flip"
