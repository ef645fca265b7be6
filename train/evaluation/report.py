"""Figures as files: JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from forensics_rt.io.writers import write_atomically
from forensics_rt.version import __version__
from train.evaluation.groups import Group
from train.evaluation.options import Inquiry
from train.evaluation.pixel_figures import pooled_histogram
from train.evaluation.records import ImageRecord
from train.evaluation.reliability import pixel_reliability


def library_versions() -> dict[str, str]:
    """Return the versions of what computes the figures."""
    return {
        "forensics_rt": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }


def report(groups: Sequence[Group], inquiry: Inquiry) -> dict[str, Any]:
    """Return everything said of the sets, for `write_report`."""
    sets: dict[str, Any] = {}
    for group in groups:
        place = sets.setdefault(group.set, {}).setdefault(group.by, {})
        place[group.name] = group.figures.plain()
        if group.by == "all":
            diagram = pixel_reliability(pooled_histogram(group.records))
            sets[group.set]["pixel_reliability"] = asdict(diagram)
    return {**report_heading(inquiry), "sets": sets}


def summary(told: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a report what fits on a page: whole sets, and what is found of each kind of edit.

    Args:
        told: As `report` returns it.

    Example:
        >>> summary({"sets": {"scan": {"all": {"all": {"images": 3}}, "size": {}}}})
        {'sets': {'scan': {'images': 3, 'kinds': {}}}}
    """
    sets = {}
    for name, parts in told["sets"].items():
        kinds = {
            kind: {key: figures["pixels"][key] for key in ("regions", "regions_found")}
            for kind, figures in parts.get("kind", {}).items()
        }
        sets[name] = {**parts["all"]["all"], "kinds": kinds}
    return {**told, "sets": sets}


def report_heading(inquiry: Inquiry) -> dict[str, Any]:
    """Return what answered, what was asked, how it was decided and with which versions."""
    return {
        "answered_by": dict(inquiry.respondent.description),
        "asked": dict(inquiry.asked),
        "decision": asdict(inquiry.decision),
        "versions": library_versions(),
    }


def write_report(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain data as JSON; what could not be computed (nan) becomes `null`.

    Raises:
        OutputError: If it cannot be written.
    """
    text = json.dumps(_without_nan(content), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode())


def write_groups(path: Path, groups: Iterable[Group]) -> None:
    """Write a CSV with a row for each group; an empty cell could not be computed."""
    write_rows(
        path,
        [
            {"set": g.set, "by": g.by, "group": g.name} | dict(_flat(g.figures.plain()))
            for g in groups
        ],
    )


def write_images(path: Path, records: Iterable[ImageRecord]) -> None:
    """Write a CSV with a row for each image."""
    write_rows(path, [_row_of(record) for record in records])


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a CSV; columns are the keys of all rows in the order in which they first occur.

    Raises:
        OutputError: If it cannot be written.
    """
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _cell(v) for k, v in row.items()} for row in rows)
    write_atomically(path, text.getvalue().encode())


def _row_of(record: ImageRecord) -> dict[str, Any]:
    ranking = record.histogram.ranking()
    row: dict[str, Any] = {
        "set": record.set,
        "index": record.index,
        "name": record.name,
        "width": record.width,
        "height": record.height,
        "real": record.real,
        "after_life": record.life,
        "kinds": " ".join(part.name for part in record.parts if part.by == "kind"),
        "forged": record.forged,
        "authentic": record.authentic,
        "raw_score": record.raw_score,
        "score": record.score,
        "auc": ranking.auc,
        "ap": ranking.average_precision,
        "alarm_area": record.calibrated.alarm_area,
    }
    for name, counts in (("half", record.half), ("calibrated", record.calibrated)):
        row |= {f"{name}_{key}": value for key, value in asdict(counts).items()}
        if record.forged:
            row |= {f"{name}_{key}": getattr(counts, key) for key in ("f1", "iou", "mcc")}
    return row


def _flat(content: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}_")
        elif key.endswith("_interval"):
            yield from (
                (f"{prefix}{key}_{end}", v) for end, v in zip(("low", "high"), value, strict=True)
            )
        elif key == "rates":
            for rates in value:
                yield f"{prefix}fpr_{rates['name']}", rates["fpr"]
                yield f"{prefix}tpr_{rates['name']}", rates["tpr"]
        else:
            yield prefix + key, value


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value
