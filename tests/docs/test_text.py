"""What a reader of the README and of `docs` can rely on, without building the site."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "findings/README.md")
)
LINK = re.compile(r"\]\(([^)\s#]*)#?[^)\s]*\)")
MOST_IN_A_CELL = 60
# Phrases that readers stumbled over.
UNCLEAR = (
    r"no message", r"\bto be had\b", r"\bwhoever\b", r"\banew\b", r"\btold\b",
    r"say nothing to each other", r"\bpicture for people\b",
)  # fmt: skip


def cells(line: str) -> list[str]:
    """Return what a reader sees in the cells of a row of a table: of a link, its text."""
    shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line)
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", shown)[1:-1]]


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    places = {found[1] for found in LINK.finditer(text) if ":" not in found[1]} - {""}
    assert [place for place in places if not (page.parent / place).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_phrase_needs_a_second_reading(page):
    text = page.read_text(encoding="utf-8")
    found = [line for line in text.splitlines() if re.search("|".join(UNCLEAR), line, re.I)]
    assert found == []


def test_the_readme_has_one_table_of_figures():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    figures = [row for row in rows(text) if "pages/s" in row]
    assert len(figures) == 1, "the head of the one table"
    assert "docs/benchmarks.md" in text


@pytest.mark.parametrize("name", ["README.md", "docs/benchmarks.md"])
def test_the_cells_of_figures_are_short(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    long = [cell for row in rows(text) for cell in cells(row) if len(cell) > MOST_IN_A_CELL]
    assert long == []
