"""Evasion as rows, as a Markdown table, and as a section of a model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from train.evaluation.evasion import EvasionRow, PageAnswer

HEADING = "## Evasion"
COLUMNS = ("after", "regions found", "pages found", "called forged", "alarmed", "authentic called "
           "forged", "no verdict")  # fmt: skip
GIVEN = ("forged", "authentic")


def plain_rows(rows: Sequence[EvasionRow]) -> list[dict[str, Any]]:
    """Return counts for CSV and JSON."""
    return [_plain(row) for row in rows]


def markdown(rows: Sequence[EvasionRow]) -> str:
    """Return a Markdown table, a line for each attack; shares are of the pages concerned."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    lines += [f"| {' | '.join(_cells(_plain(row), row.only_forged))} |" for row in rows]
    return "\n".join(lines) + "\n"


def with_section(card: str, text: str) -> str:
    r"""Return a model card with this text as its section on evasion, in place of an earlier one.

    A new section stands before the known failures, or else at the end.

    Example:
        >>> with_section("# A\n\n## Known failures\n\n- B\n", "C\n")
        '# A\n\n## Evasion\n\nC\n\n## Known failures\n\n- B\n'
    """
    before, found, rest = card.partition(f"{HEADING}\n")
    if found:
        _, next_one, after = rest.partition("\n## ")
        after = f"## {after}" if next_one else ""
    else:
        before, known, after = card.partition("## Known failures")
        after = known + after
        before = before if known else before.rstrip("\n") + "\n\n"
    section = f"{HEADING}\n\n{text.strip()}\n"
    return before + section + (f"\n{after}" if after else "")


def _plain(row: EvasionRow) -> dict[str, Any]:
    forged = [page for page in row.pages if page.forged]
    authentic = [page for page in row.pages if not page.forged]
    return {
        "attack": row.attack,
        "forged_pages": len(forged),
        "authentic_pages": len(authentic),
        "regions": sum(page.regions for page in forged),
        "regions_found": sum(page.found for page in forged),
        "pages_found": sum(page.found > 0 for page in forged),
        "forged_called_forged": _verdicts(forged, "forged"),
        "forged_called_authentic": _verdicts(forged, "authentic"),
        "authentic_alarmed": sum(page.alarmed for page in authentic),
        "authentic_called_forged": _verdicts(authentic, "forged"),
        "without_verdict": sum(page.verdict not in GIVEN for page in row.pages),
    }


def _verdicts(pages: Sequence[PageAnswer], verdict: str) -> int:
    return sum(page.verdict == verdict for page in pages)


def _cells(counts: dict[str, Any], only_forged: bool) -> list[str]:
    forged, authentic = counts["forged_pages"], counts["authentic_pages"]
    found = (counts["regions_found"], counts["regions"])
    cells = [
        counts["attack"],
        f"{_share(*found)} of {found[1]}",
        *(_share(counts[key], forged) for key in ("pages_found", "forged_called_forged")),
        *(
            _share(counts[key], authentic)
            for key in ("authentic_alarmed", "authentic_called_forged")
        ),
        _share(counts["without_verdict"], forged + authentic),
    ]
    return cells


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"
