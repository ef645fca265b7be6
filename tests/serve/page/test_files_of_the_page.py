"""The files that the page consists of; no browser is needed."""

import hashlib
import re
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs `pip install 'forensics_rt[serve]'`")

from forensics_rt.serve.page_files import FOLDER, POLICY

THIRD_PARTY = FOLDER / "third_party"
ROW = re.compile(r"^\| `(?P<file>[^`]+)` \| `(?P<sha>[0-9a-f]{64})` \|$", re.MULTILINE)
OWN = [
    path for path in sorted(FOLDER.rglob("*")) if path.is_file() and THIRD_PARTY not in path.parents
]


def test_code_of_others_is_unchanged():
    table = {
        row["file"]: row["sha"] for row in ROW.finditer((THIRD_PARTY / "README.md").read_text())
    }
    there = {
        str(path.relative_to(THIRD_PARTY)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in THIRD_PARTY.rglob("*")
        if path.is_file() and path.name != "README.md"
    }

    assert there == table


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_file_that_is_named_is_there_and_none_is_elsewhere(path):
    text = path.read_text(encoding="utf-8")
    named = re.findall(r'(?:from |import |url\(|href=|src=)"([^"$#]+)"', text)

    for name in named:
        assert "//" not in name, "nothing is loaded from elsewhere"
        target = (
            FOLDER / name.removeprefix("/page/") if name.startswith("/") else path.parent / name
        )
        assert target.is_file(), f"{name} is missing"


def test_nothing_is_inline():
    html = (FOLDER / "index.html").read_text(encoding="utf-8")

    assert "unsafe" not in POLICY
    assert "<style" not in html
    assert " style=" not in html
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []


def test_every_icon_that_is_used_is_there():
    styles = (FOLDER / "styles/icons.css").read_text(encoding="utf-8")
    there = set(re.findall(r"\.icon-([\w-]+) \{", styles))
    scripts = "".join(path.read_text(encoding="utf-8") for path in OWN if path.suffix == ".js")
    used = set(re.findall(r'icon(?:Button)?\("([\w-]+)"', scripts))
    used |= set(re.findall(r'(?:icon|mark): "([\w-]+)"', scripts))

    assert used <= there
    assert {path.stem for path in Path(THIRD_PARTY / "lucide").glob("*.svg")} == there
