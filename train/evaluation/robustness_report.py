"""Robustness as rows, as a Markdown table for a model card, and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from train.evaluation.canvas import COLORS, add_legend, finish, new_figure
from train.evaluation.robustness import SweepRow
from train.evaluation.table import percent, short, span

TITLE = "F1 at the calibrated decision and image AUC after degradation, with 95 % intervals"
TITLES = {
    "jpeg": "JPEG quality",
    "resize": "resized by",
    "blur": "blur, sigma",
    "noise": "noise, sigma",
    "screenshot": "screenshot",
}
COLUMNS = ("F1", "95 %", "precision", "recall", "image AUC", "authentic pages alarmed")


def plain_rows(rows: Sequence[SweepRow]) -> list[dict[str, Any]]:
    """Return a flat table of the main figures, for CSV and JSON."""
    table = []
    for row in rows:
        f = row.figures
        row_of = {"set": row.set, "family": row.family, "level": row.level, "images": f.images}
        row_of |= f.pixels.calibrated.values
        row_of |= {
            "f1_interval_low": f.pixels.f1_interval[0],
            "f1_interval_high": f.pixels.f1_interval[1],
            "best_f1": f.pixels.best["f1"],
            "pixel_auc": f.pixels.auc,
            "pixel_ap": f.pixels.ap,
            "image_auc": f.scores.auc,
            "image_auc_interval_low": f.scores.auc_interval[0],
            "image_auc_interval_high": f.scores.auc_interval[1],
            "authentic_alarmed": f.alarms.share,
            "authentic_area": f.alarms.area,
        }
        table.append(row_of)
    return table


def markdown(rows: Sequence[SweepRow]) -> str:
    """Return a Markdown table for each set, a line for each degradation."""
    sets = list(dict.fromkeys(row.set for row in rows))
    return "\n".join(_table(name, [row for row in rows if row.set == name]) for name in sets)


def _table(name_of_set: str, rows: Sequence[SweepRow]) -> str:
    lines = [f"{name_of_set}, {rows[0].figures.images} images:", ""] if rows else []
    lines += [f"| after | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    # Each sweep holds the images as they are; the table needs them once.
    unharmed = [row for row in rows if not row.harmed][:1]
    for row in (*unharmed, *(row for row in rows if row.harmed)):
        title = TITLES.get(row.family, row.family) if row.harmed else "nothing"
        name = f"{title} {row.level}" if row.harmed and row.level != "yes" else title
        lines.append(f"| {name} | {' | '.join(_cells(row))} |")
    return "\n".join(lines) + "\n"


def write_plot(path: Path, rows: Sequence[SweepRow]) -> Path:
    """Draw F1 and image AUC with their 95 % intervals: a row for each set, a panel a sweep."""
    sets = list(dict.fromkeys(row.set for row in rows))
    families = list(dict.fromkeys(row.family for row in rows))
    number = len(sets) * len(families)
    size = (3.0 * len(families), 3.6 * len(sets) + 0.3)
    figure, panels = new_figure(TITLE, size, number, len(sets))
    places = [(name, family) for name in sets for family in families]
    for axes, (name, family) in zip(panels, places, strict=True):
        sweep = [row for row in rows if (row.set, row.family) == (name, family)]
        _panel(axes, sweep)
        axes.set(xlabel=TITLES.get(family, family), ylim=(0, 1.03))
        if family == families[0]:
            axes.set_ylabel(name)
    add_legend(panels[0], "best")
    return finish(figure, path)


def _panel(axes: Any, sweep: Sequence[SweepRow]) -> None:
    places = range(len(sweep))
    for color, label, values, intervals in (
        (
            COLORS[0],
            "F1",
            [r.figures.pixels.calibrated["f1"] for r in sweep],
            [r.figures.pixels.f1_interval for r in sweep],
        ),
        (
            COLORS[1],
            "image AUC",
            [r.figures.scores.auc for r in sweep],
            [r.figures.scores.auc_interval for r in sweep],
        ),
    ):
        low, high = zip(*intervals, strict=True)
        axes.fill_between(places, low, high, color=color, alpha=0.13, linewidth=0)
        axes.plot(places, values, "o-", color=color, label=label, linewidth=2, markersize=5)
    axes.set_xticks(list(places), [row.level for row in sweep])


def _cells(row: SweepRow) -> list[str]:
    f = row.figures
    figures = (f.pixels.calibrated["precision"], f.pixels.calibrated["recall"], f.scores.auc)
    return [
        short(f.pixels.calibrated["f1"]),
        span(f.pixels.f1_interval, 1, 3),
        *(short(value) for value in figures),
        percent(f.alarms.share, 0),
    ]
