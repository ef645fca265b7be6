"""The parity report as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from export.parity.rows import ParityRow


def parity_table(rows: Sequence[ParityRow]) -> Table:
    """Return one line for each member, engine and tile size, the judged columns marked.

    Example:
        >>> parity_table([]).row_count
        0
    """
    # Without frame and padding it fits the 80 columns of a terminal.
    table = Table(
        title="Parity with PyTorch float32",
        caption=_limits(rows) + _note(rows),
        box=box.HORIZONTALS,
        padding=0,
    )
    for heading in ("member", "engine"):
        table.add_column(heading, no_wrap=True)
    for heading in ("tile", "max |Δ|", "mean |Δ|", "flipped", "1−IoU", "forged"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        record = row.record
        table.add_row(
            record.member,
            record.engine,
            str(record.tile),
            f"{record.max_difference:.1e}",
            f"{row.mean_difference:.1e}",
            f"{record.flipped_share:.3%}",
            f"{record.iou_loss:.3%}",
            f"{row.forged_share:.1%}",
            _verdict(row),
        )
    return table


def _limits(rows: Sequence[ParityRow]) -> str:
    if not rows:
        return ""
    limits = rows[0].limits
    return (
        f"judged: max |Δp| ≤ {limits.max_difference:g} in float32; otherwise flipped ≤ "
        f"{limits.flipped_share:.2%}, mean |Δp| ≤ {limits.mean_difference:g} and 1−IoU ≤ "
        f"{limits.iou_loss:.0%}"
    )


def _verdict(row: ParityRow) -> str:
    if not row.breaches:
        return "[green]passed[/]"
    return "[bold red]FAILED[/]" if row.required else "[yellow]unused[/]"


def _note(rows: Sequence[ParityRow]) -> str:
    blind = sum(row.forged_share in (0.0, 1.0) for row in rows)
    if not blind:
        return ""
    return (
        f"\nIn {blind} of {len(rows)} lines every pixel lies on one side of the threshold: there "
        "no decision could flip, and only the differences tell. Own images may help (--probes)"
    )
