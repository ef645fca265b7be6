"""The end of a run: a table, failures with their cause, and where the files are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from forensics_rt.cli.run_folder import RESULTS
from forensics_rt.cli.tally import Tally
from forensics_rt.detector import Detector
from forensics_rt.io.sources import counts_in_words


def run_table(
    tally: Tally, total: int, wall: float, out: Path, detector: Detector, overlay: bool
) -> Group:
    """Lay a run out: every image if they are few, or else the most suspicious ones.

    Args:
        tally: The run.
        total: How many images it was to take.
        wall: Seconds that it took.
        out: Where the files are.
        detector: What ran.
        overlay: Whether overlays were written.
    """
    rows = tally.rows()
    lines = [Text(f"failed  {error}", style="bold red") for error in tally.errors]
    if tally.failed > len(tally.errors):
        more = tally.failed - len(tally.errors)
        lines.append(Text(f"and {more} more failures: see {out / RESULTS}", style="bold red"))
    if len(rows) < tally.done:
        lines.append(Text(f"these are the {len(rows)} highest scores; all are in {out / RESULTS}"))
    lines += [Text(note, style="bold yellow") for note in _notes(tally)]
    uses = detector.capabilities
    how = f"{uses.name} on {uses.device} ({uses.precision}), recipe {detector.recipe.name}"
    decision = detector.conclusions.decision
    lines.append(Text(f"{tally.done} of {total} images done; {how}, threshold {decision}"))
    if tally.done:
        lines.append(Text(_meaning_of_scores(detector)))
    if len(rows) < tally.done and tally.verdicts:
        counts = (f"{count} {verdict}" for verdict, count in sorted(tally.verdicts.items()))
        lines.append(Text(", ".join(counts)))
    if tally.done:
        kinds = "maps, masks, overlays and JSON" if overlay else "maps, masks and JSON"
        lines.append(Text(f"{kinds} are in {out}"))
        lines.append(Text(_speed(tally, wall)))
    return Group(*([_table(rows)] if rows else []), *lines)


def _notes(tally: Tally) -> Iterator[str]:
    if tally.several_frames:
        yield f"files of several frames: {tally.several_frames}; only the first was examined"
    for reason, count in tally.reasons.items():
        yield f"no answer for {count} image{'' if count == 1 else 's'}: {reason}"
    counts = {"something painted over the scan": tally.overlaid, "hidden parts": tally.hiding}
    if found := [f"{what}: {count}" for what, count in counts.items() if count]:
        pages = ", with ".join(found)
        yield f"PDF pages with {pages}; page_report in their JSON says what and where"
    if tally.passed_over:
        yield f"passed over, not examined: {counts_in_words(tally.passed_over)}"
    if tally.attachments_left:
        yield f"attachments of PDFs, not examined: {tally.attachments_left}"


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("image", box=SIMPLE_HEAD, pad_edge=False, padding=0)
    table.columns[0].overflow = "fold"
    judged = any(row["verdict"] is not None for row in rows)
    verdict = ["verdict"] if judged else []
    looked = ["agreement"] if any("agreement" in row for row in rows) else []
    for heading in ("score", *verdict, "forged", *looked, "found", "largest region", "s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            Text(row["image"]),
            f"{row['score']:.3f}",
            *([row["verdict"] or "none"] if judged else []),
            f"{row['forged_share']:.2%}",
            *([_agreement(row)] if looked else []),
            str(row["regions"]),
            "{},{} {}×{}".format(*row["largest_box"]) if row["largest_box"] else "none",
            "done before" if row["seconds"] is None else f"{row['seconds']:.2f}",
        )
    return table


def _agreement(row: dict[str, Any]) -> str:
    share = row.get("agreement")
    return "–" if share is None else f"{share:.0%}"


def _meaning_of_scores(detector: Detector) -> str:
    used = detector.conclusions
    if not used.calibrates_scores:
        return "scores are raw, not probabilities: they are not calibrated"
    share, point = used.expected_share, used.operating_point_name
    among = "" if share is None else f" if {100 * share:.3g}% of the images are forged"
    judged = f", operating point {point}" if point else ""
    return f"scores are calibrated probabilities{among}{judged}"


def _speed(tally: Tally, wall: float) -> str:
    before = f", {tally.skipped} of an earlier run" if tally.skipped else ""
    return (
        f"{tally.computed} computed in {wall:.1f} s{before}: {tally.computed / wall:.2f} images/s, "
        f"engine busy {tally.engine_seconds / wall:.0%}"
    )
