"""A measurement as tables: one column a setting, speed and its price in the same one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from forensics_rt.bench.compare import Comparison
from forensics_rt.bench.figures import ROWS
from forensics_rt.bench.report import Report, ReportRow

Rows: TypeAlias = tuple[ReportRow, ...]
_NONE = "–"


def show(report: Report, console: Console) -> None:
    """Print a report."""
    machine = report.machine
    console.print(Text(machine.describe()))
    if machine.load is not None:
        console.print(Text(f"load before: {machine.load} on {machine.cores} logical cores"))
    names = [page.name for page in report.pages]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    console.print(Text(f"{report.bundle} (id {report.bundle_id}) on {', '.join(names[:3])}{more}"))
    if report.rows:
        console.print(_table(report))
    console.print(Text(_how(report)))
    for one in report.not_run:
        console.print(Text.assemble(("not run: ", "bold red"), f"{one.label}: {one.reason}"))
    if report.comparison is not None:
        _show_comparison(report.comparison, console)


def _how(report: Report) -> str:
    runs = len(report.rows[0].samples.runs) if report.rows else 0
    if report.reference is None:
        return f"{runs} runs each, in turns; accuracy left out"
    share = report.reference.forged_share
    return (
        f"{runs} runs each, in turns; accuracy against {report.reference.label}, which calls "
        f"{share:.3%} of the pixels forged"
        + ("" if share else ": give pages where it finds something")
    )


def _table(report: Report) -> Table:
    table = Table("", box=SIMPLE_HEAD, pad_edge=False)
    for row in report.rows:
        table.add_column(Text(row.label), justify="right")
    sections = [_speed, _stages, _resources]
    if report.reference is not None:
        sections.append(_accuracy)
    for section in sections:
        for name, cells in section(report.rows):
            table.add_row(name, *cells)
        table.add_section()
    return table


def _speed(rows: Rows) -> Iterator[tuple[str, list[str]]]:
    yield "runs on", [f"{row.samples.opened.device} {row.samples.opened.precision}" for row in rows]
    for share in ("p50", "p90", "p95", "p99"):
        yield f"latency {share}, ms", [_short(row.figures.latency_ms[share]) for row in rows]
    ratios = [row.to_first for row in rows]
    yield "× the first", [f"{one.median:.2f} ({one.low:.2f}–{one.high:.2f})" for one in ratios]
    yield "images/s", [_short(row.figures.images_per_second) for row in rows]
    yield "Mpx/s", [_short(row.figures.megapixels_per_second) for row in rows]
    yield "tiles/s", [_short(row.figures.tiles_per_second) for row in rows]
    yield "start, s", [_short(row.figures.start_seconds) for row in rows]


def _stages(rows: Rows) -> Iterator[tuple[str, list[str]]]:
    for stage in ROWS:
        if any(stage in row.figures.stages_ms for row in rows):
            yield f"{stage}, ms", [_short(row.figures.stages_ms.get(stage)) for row in rows]
    yield "outside engine", [f"{row.figures.outside_engine:.1%}" for row in rows]


def _resources(rows: Rows) -> Iterator[tuple[str, list[str]]]:
    yield "CPU time, ms", [_short(row.figures.cpu_ms) for row in rows]
    yield "cores busy", [_short(row.figures.cores_busy) for row in rows]
    yield "peak RSS, MiB", [_short(row.figures.peak_rss_mib) for row in rows]
    if any(row.samples.gpu for row in rows):
        yield "GPU memory, MiB", [_short(row.samples.gpu_memory_mib) for row in rows]
        yield "GPU clock, MHz", [_clock(row) for row in rows]


def _accuracy(rows: Rows) -> Iterator[tuple[str, list[str]]]:
    found = [row.samples.parity for row in rows]
    yield "1 − IoU", [_NONE if one is None else f"{one.iou_loss:.3%}" for one in found]
    yield "pixels flipped", [_NONE if one is None else f"{one.flipped_share:.4%}" for one in found]
    yield "max |Δp|", [_NONE if one is None else f"{one.max_difference:.1e}" for one in found]


def _clock(row: ReportRow) -> str:
    state = row.samples.gpu
    return _NONE if state is None else f"{_short(state.clock_mhz)} of {_short(state.clock_max_mhz)}"


def _show_comparison(found: Comparison, console: Console) -> None:
    console.print(Text(f"\nagainst the run of {found.earlier}", style="bold"))
    for line in found.caveats:
        console.print(Text.assemble(("differs: ", "bold yellow"), line))
    table = Table("", "latency now / then", "95 % band", "", box=SIMPLE_HEAD, pad_edge=False)
    for change in found.changes:
        band = f"{change.latency.low:.3f}–{change.latency.high:.3f}"
        table.add_row(Text(change.label), f"{change.latency.median:.3f}", band, change.verdict)
    if found.changes:
        console.print(table)
    for line in found.unmatched:
        console.print(Text(line))


def _short(value: float | None) -> str:
    # Three significant digits, and none of the tenths of large numbers.
    if value is None:
        return _NONE
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
