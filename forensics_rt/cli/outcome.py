"""What became of each image of a run: the table at the end, and what an earlier run finished."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from forensics_rt.detector import Detector
from forensics_rt.errors import ImageNotFound
from forensics_rt.io.decode import read_file
from forensics_rt.io.sources import Source

_CONCLUSIONS = ("calibration", "operating_point")


@dataclass(frozen=True)
class Outcome:
    """What became of one image.

    Attributes:
        name: The image.
        document: What `Detection.to_dict` returned; `None` for a failure.
        error: Why there is no result; `None` where there is one.
        skipped: Whether the result is that of an earlier run.
    """

    name: str
    document: dict[str, Any] | None = None
    error: str | None = None
    skipped: bool = False


def finished_before(detector: Detector, source: Source, out: Path) -> dict[str, Any] | None:
    """Return the result that an earlier run wrote for the same bytes, bundle and recipe, if any.

    The JSON file is written last, so where it is, the pictures are too.
    """
    file = out / source.stem.with_name(source.stem.name + ".json")
    if not isinstance(source.image, Path) or not file.is_file():
        return None
    try:
        document = json.loads(file.read_bytes())
        then = document["provenance"]
        there = [then[key] for key in ("image_sha256", "bundle_id", "recipe", *_CONCLUSIONS)]
        sha256 = hashlib.sha256(read_file(source.image)).hexdigest()
    except (ValueError, KeyError, TypeError, ImageNotFound):
        return None
    used = detector.conclusions
    recipe = asdict(detector.recipe.with_threshold(detector.threshold, detector.peak))
    conclusions = (used.calibration_id, used.operating_point_name)
    wanted = [sha256, detector.bundle.id, json.loads(json.dumps(recipe)), *conclusions]
    return document if there == wanted else None


def outcomes_table(outcomes: list[Outcome], out: Path, detector: Detector) -> Group:
    """Lay the outcomes out as a table, failures with their cause, and say where the files are."""
    table = Table("image", box=SIMPLE_HEAD, pad_edge=False, padding=0)
    table.columns[0].overflow = "fold"
    calibrated = detector.conclusions.calibrates_scores
    verdict = ["verdict"] if calibrated else []
    for heading in ("score", *verdict, "forged", "found", "largest region", "s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for outcome in outcomes:
        if outcome.document is not None:
            table.add_row(
                Text(outcome.name), *_cells(outcome.document, outcome.skipped, calibrated)
            )
    lines = [
        Text(f"failed  {outcome.error}", style="bold red") for outcome in outcomes if outcome.error
    ]
    uses = detector.capabilities
    done = len(outcomes) - len(lines)
    how = f"{uses.name} on {uses.device} ({uses.precision}), recipe {detector.recipe.name}"
    decision = detector.conclusions.decision
    lines.append(Text(f"{done} of {len(outcomes)} images done; {how}, threshold {decision}"))
    lines.append(Text(_meaning_of_scores(detector)))
    if done:
        lines.append(Text(f"maps, masks, overlays and JSON are in {out}"))
    return Group(*([table] if table.row_count else []), *lines)


def _meaning_of_scores(detector: Detector) -> str:
    used = detector.conclusions
    if not used.calibrates_scores:
        return "scores are evidence, not probabilities: they are not calibrated"
    point = used.operating_point_name
    return "scores are calibrated probabilities" + (f", operating point {point}" if point else "")


def _cells(document: dict[str, Any], skipped: bool, calibrated: bool) -> list[str]:
    regions = document["regions"]
    seconds = sum(document["seconds"].values())
    return [
        f"{document['score']:.3f}",
        *([str(document["verdict"])] if calibrated else []),
        f"{document['forged_share']:.2%}",
        str(len(regions)),
        "{},{} {}×{}".format(*regions[0]["box"]) if regions else "none",
        "done before" if skipped else f"{seconds:.2f}",
    ]
