"""Figures as a table to read."""

from __future__ import annotations

import math
from collections.abc import Sequence

from train.evaluation.bootstrap import Interval
from train.evaluation.decision import DecisionRule
from train.evaluation.groups import Group
from train.evaluation.pixel_metrics import PIXEL_METRICS

IMAGES = (
    *("images", "number", "forged", "authentic", "AUC", "95 %", "FPR at .5", "TPR at .5"),
    *("alarmed", "95 %", "alarm area"),
)
PARTS = ("kinds, sizes", "regions", "found", "recall", "recall at .5", "F1", "AUC", "AP")


def figures_table(groups: Sequence[Group], decision: DecisionRule) -> str:
    """Return the figures as lines of text: whole sets and their divisions, then kinds and sizes."""
    lines = [f"calibrated decision: threshold {decision}"]
    whole = [group for group in groups if group.by in ("all", "scene", "after_life")]
    parts = [group for group in groups if group.by in ("kind", "size")]
    tables = (
        (_pixel_head(), _pixel_row, whole),
        (IMAGES, _image_row, whole),
        (PARTS, _part_row, parts),
    )
    for head, row_of, members in tables:
        if members:
            lines += ["", *_aligned(head, [row_of(group) for group in members])]
    return "\n".join(lines) + "\n"


def _pixel_head() -> list[str]:
    f1, *others = (metric.title for metric in PIXEL_METRICS.values())
    return ["pixels", f1, "95 %", *others, "F1 at .5", "best F1", "AUC", "AP", "image F1"]


def _pixel_row(group: Group) -> list[str]:
    pixels = group.figures.pixels
    f1, *others = pixels.calibrated.values.values()
    more = (pixels.half["f1"], pixels.best["f1"], pixels.auc, pixels.ap, pixels.mean_image_f1)
    interval = span(pixels.f1_interval, 1, 3)
    return [_title(group), short(f1), interval, *map(short, (*others, *more))]


def _image_row(group: Group) -> list[str]:
    f, half = group.figures, group.figures.scores.rates[0]
    return [
        *(_title(group), str(f.images), str(f.forged), str(f.authentic)),
        *(short(f.scores.auc), span(f.scores.auc_interval, 1, 3)),
        *(percent(half.fpr, 0), percent(half.tpr, 0)),
        *(percent(f.alarms.share, 0), span(f.alarms.share_interval, 100, 0)),
        percent(f.alarms.area, 2),
    ]


def _part_row(group: Group) -> list[str]:
    f = group.figures
    values = (
        f.pixels.calibrated["recall"],
        f.pixels.half["recall"],
        f.pixels.calibrated["f1"],
        f.pixels.auc,
        f.pixels.ap,
    )
    found = percent(f.pixels.regions_found, 0)
    return [_title(group), str(f.pixels.regions), found, *map(short, values)]


def _title(group: Group) -> str:
    return group.set if group.by == "all" else f"{group.set} · {group.name}"


def span(ends: Interval, scale: int, digits: int) -> str:
    """Return an interval, its ends times `scale`, or a dash for nan."""
    low, high = ends
    return "–" if math.isnan(low) else f"{scale * low:.{digits}f}–{scale * high:.{digits}f}"


def short(value: float) -> str:
    """Return three digits, or a dash for nan."""
    return "–" if math.isnan(value) else f"{value:.3f}"


def percent(value: float, digits: int) -> str:
    """Return a share as a percentage, or a dash for nan."""
    return "–" if math.isnan(value) else f"{100 * value:.{digits}f} %"


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]
