"""The report of a build of engines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich import box
from rich.table import Table

from export.errors import ExportError
from forensics_rt.io.writers import check_writable_file


@dataclass(frozen=True)
class EngineReport:
    """What one engine cost and what it computes in.

    Attributes:
        member: Whose graph it runs.
        tile: Side of its tiles in pixels.
        requested: Number format asked for.
        layer_types: Layers that compute in each format, as read back.
        weight_bytes: Bytes of constants in each format, as read back.
        read_from: `engine` or `network`: where `layer_types` was read.
        seconds: For parsing and building.
        bytes: Of the plan.
        peak_bytes: Largest resident memory of the building process; `None` where unknown.
        timing_cache: The file used, or why none.
    """

    member: str
    tile: int
    requested: str
    layer_types: dict[str, int]
    weight_bytes: dict[str, int]
    read_from: str
    seconds: float
    bytes: int
    peak_bytes: int | None
    timing_cache: str


def check_report(report: Path, out: Path) -> None:
    """Find out before the engines whether their report can be written; makes a missing folder.

    Args:
        report: The file of the report.
        out: Folder of the bundle that the engines are for.

    Raises:
        ExportError: If it lies in the bundle.
        OutputError: If it cannot be written.
    """
    place = report.resolve()
    if out.resolve() in (place, *place.parents):
        raise ExportError(
            f"--engine-report {report}: lies in the bundle that --out writes, which holds only "
            "what its manifest names; choose a file elsewhere"
        )
    check_writable_file(report)


def report_json(reports: Sequence[EngineReport]) -> str:
    r"""Return the report as JSON, one object for each engine.

    Example:
        >>> report_json([])
        '[]\n'
    """
    return json.dumps([asdict(report) for report in reports], indent=2) + "\n"


def engine_table(reports: Sequence[EngineReport]) -> Table:
    """Return one line for each engine.

    Example:
        >>> engine_table([]).row_count
        0
    """
    sources = sorted({report.read_from for report in reports})
    table = Table(
        title="Engines built",
        caption=f"layers read back from the {' and the '.join(sources)}" if sources else None,
        box=box.HORIZONTALS,
        padding=0,
    )
    table.add_column("member", no_wrap=True)
    for heading in ("tile", "asked", "layers", "weights", "s", "MB", "peak MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    for report in reports:
        peak = "?" if report.peak_bytes is None else f"{report.peak_bytes / 1e6:.0f}"
        table.add_row(
            report.member,
            str(report.tile),
            report.requested,
            " ".join(f"{count}×{kind}" for kind, count in sorted(report.layer_types.items())),
            _share(report),
            f"{report.seconds:.1f}",
            f"{report.bytes / 1e6:.1f}",
            peak,
        )
    return table


def _share(report: EngineReport) -> str:
    total = sum(report.weight_bytes.values())
    if not total:
        return "?"
    return f"{report.weight_bytes.get(report.requested, 0) / total:.1%}"
