"""One plain look for all plots."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from forensics_rt.io.optional import load_optional
from forensics_rt.io.writers import write_atomically

COLORS = ("#1f5fa8", "#c8501e", "#2d8653", "#7a4fa3", "#a8860b", "#4a4a4a")
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.93",
    "axes.edgecolor": "0.4",
    "axes.titlesize": 11,
    "figure.titlesize": 13,
}


def new_figure(
    title: str, size: tuple[float, float], panels: int = 1, rows: int = 1
) -> tuple[Any, list[Any]]:
    """Return an empty figure and its axes, row by row.

    Args:
        title: Heading.
        size: Width and height in inches of 110 pixels.
        panels: Number of axes.
        rows: Rows on which they stand.

    Raises:
        OptionalDependency: If matplotlib is not installed.
    """
    # Here, because nothing but plots needs it; figures without pyplot need no display.
    figures = load_optional("matplotlib.figure", "train", "a plot")
    with _style():
        figure = figures.Figure(figsize=size, dpi=110, layout="constrained")
        axes = figure.subplots(rows, -(-panels // rows), squeeze=False).ravel().tolist()
        figure.suptitle(title, fontweight="bold")
    for spare in axes[panels:]:
        spare.set_axis_off()
    return figure, axes[:panels]


def add_legend(axes: Any, place: str) -> None:
    """Name the lines of some axes without hiding what is below."""
    axes.legend(loc=place, fontsize=9, framealpha=0.85, edgecolor="none")


def finish(figure: Any, path: Path) -> Path:
    """Write a figure as PNG and return its path.

    Raises:
        OutputError: If it cannot be written.
    """
    data = io.BytesIO()
    with _style():
        figure.savefig(data, format="png", metadata={"Software": None})
    write_atomically(path, data.getvalue())
    return path


def _style() -> Any:
    return load_optional("matplotlib", "train", "a plot").rc_context(STYLE)
