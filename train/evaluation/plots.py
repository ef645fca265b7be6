"""Curves as pictures: precision and recall, ROC, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from train.evaluation.canvas import COLORS, add_legend, finish, new_figure
from train.evaluation.groups import Group
from train.evaluation.image_figures import image_ranking, judged
from train.evaluation.pixel_figures import pooled_histogram
from train.evaluation.reliability import Reliability, pixel_reliability, score_reliability

FEWEST_IMAGES = 5
F1_LINES = (0.2, 0.4, 0.6, 0.8)


def write_plots(folder: Path, groups: Sequence[Group]) -> list[Path]:
    """Draw `pr.png`, `roc.png` and `calibration.png`.

    Each shows whole sets as solid lines, and where there are both the pages made on real scans and
    the drawn ones as dashed and dotted lines. A plot to which no set contributes is not drawn.

    Returns:
        The files written.
    """
    shown = [group for group in groups if group.by in ("all", "scene")]
    drawn = [
        _precision_recall(folder / "pr.png", shown),
        _roc(folder / "roc.png", shown),
        _calibration(folder / "calibration.png", [g for g in shown if g.by == "all"]),
    ]
    return [path for path in drawn if path is not None]


def _precision_recall(path: Path, groups: Sequence[Group]) -> Path | None:
    styles = _styles(groups)
    groups = [g for g in groups if g.figures.forged]
    if not groups:
        return None
    figure, (axes,) = new_figure("Precision and recall of pixels", (7.0, 5.6))
    for f1 in F1_LINES:
        recall = np.linspace(f1 / (2 - f1) + 1e-9, 1, 200)
        precision = f1 * recall / (2 * recall - f1)
        axes.plot(recall, precision, color="0.85", linewidth=0.8, zorder=0)
        axes.text(1.01, precision[-1], f"F1 {f1}", color="0.6", fontsize=8, va="center")
    for group in groups:
        recall, precision = pooled_histogram(group.records).ranking().precision_recall()
        # The made-up first point, precision 1 at recall 0, would only draw a spike.
        label = f"{_title(group)}: AP {group.figures.pixels.ap:.3f}"
        axes.plot(recall[1:], precision[1:], label=label, **styles[id(group)])
        if group.by == "all":
            at = group.figures.pixels.calibrated
            axes.plot(
                at["recall"], at["precision"], "o", color=styles[id(group)]["color"], markersize=7
            )
    axes.plot([], [], "o", color="0.4", label="calibrated decision")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
    add_legend(axes, "upper right")
    return finish(figure, path)


def _roc(path: Path, groups: Sequence[Group]) -> Path | None:
    curves = {
        "pixels": [(g, pooled_histogram(g.records).ranking()) for g in groups],
        "images": [(g, image_ranking(g.records)) for g in groups],
    }
    curves = {title: [m for m in both if m[1].decidable] for title, both in curves.items()}
    if not any(curves.values()):
        return None
    figure, panels = new_figure("ROC curves", (11.0, 5.2), panels=2)
    styles = _styles(groups)
    for axes, (title, members) in zip(panels, curves.items(), strict=True):
        axes.plot([0, 1], [0, 1], color="0.8", linewidth=1, zorder=0)
        for group, ranking in members:
            label = f"{_title(group)}: AUC {ranking.auc:.3f}"
            axes.plot(*ranking.roc(), label=label, **styles[id(group)])
        axes.set(xlabel="false-positive rate", ylabel="true-positive rate", title=title)
        axes.set(xlim=(0, 1), ylim=(0, 1.005))
        if members:
            add_legend(axes, "lower right")
        else:
            axes.text(0.5, 0.4, "no set with both classes", ha="center", color="0.5")
    return finish(figure, path)


def _calibration(path: Path, groups: Sequence[Group]) -> Path | None:
    styles = _styles(groups)
    groups = [g for g in groups if g.figures.forged]
    if not groups:
        return None
    figure, panels = new_figure("Calibration", (11.0, 5.2), panels=2)
    for group in groups:
        images = judged(group.records)
        diagrams = (
            pixel_reliability(pooled_histogram(group.records)),
            score_reliability([r.score for r in images], [r.forged for r in images]),
        )
        for axes, diagram, least in zip(panels, diagrams, (1, FEWEST_IMAGES), strict=True):
            _reliability(axes, diagram, least, _title(group), styles[id(group)])
    titles = ("pixels", f"image scores, steps of {FEWEST_IMAGES} images or more")
    for axes, title in zip(panels, titles, strict=True):
        axes.plot([0, 1], [0, 1], color="0.8", linewidth=1, zorder=0)
        axes.set(xlabel="stated", ylabel="share that is forged", title=title)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        add_legend(axes, "upper left")
    return finish(figure, path)


def _reliability(
    axes: Any, diagram: Reliability, least: int, title: str, style: dict[str, Any]
) -> None:
    held = np.array(diagram.members) >= least
    stated, observed = np.array(diagram.stated)[held], np.array(diagram.observed)[held]
    label = f"{title}: ECE {diagram.error:.3f}"
    axes.plot(stated, observed, "o", label=label, markersize=5, **style)


def _styles(groups: Sequence[Group]) -> dict[int, dict[str, Any]]:
    sets = list(dict.fromkeys(group.set for group in groups))
    lines = {"real": "--", "drawn": ":"}
    return {
        id(group): {
            "color": COLORS[sets.index(group.set) % len(COLORS)],
            "linestyle": lines.get(group.name, "-") if group.by == "scene" else "-",
            "linewidth": 1.3 if group.by == "scene" else 2.0,
        }
        for group in groups
    }


def _title(group: Group) -> str:
    return group.set if group.by == "all" else f"{group.set}, {group.name}"
