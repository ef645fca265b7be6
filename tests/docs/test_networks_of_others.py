"""The pages on networks of others and on recipes as files work as they are written there."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from export import build_engines, inspect_onnx
from forensics_rt.cli.main import app
from train.__main__ import main as train
from train.networks.segmentation_models import import_library

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "how-to" / "networks"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "index.md")
RECIPES = FOLDER.parent / "recipe_files.md"
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
TITLE = re.compile(r"^# (?P<name>[\w-]+\.toml)$", re.MULTILINE)


# In this process, which has imported what they need.
COMMANDS: dict[str, Callable[[list[str]], object]] = {
    "python -m export.build_engines": build_engines.main,
    "python -m export.inspect_onnx": inspect_onnx.main,
    "python -m train": train,
    "forensics-rt": lambda words: CliRunner().invoke(app, words).exit_code,
}


def run(code: str) -> None:
    """Run the commands of a block in the folder where its files are."""
    for line in code.replace("\\\n", " ").strip().splitlines():
        start = next(one for one in COMMANDS if line.startswith(one))
        words, _, file = line.removeprefix(start).partition(" > ")
        with open(file.strip() or os.devnull, "w", encoding="utf-8") as out, redirect_stdout(out):
            code_of = COMMANDS[start](shlex.split(words, comments=True))
        assert code_of == 0, line


@pytest.mark.parametrize("page", [*PAGES, RECIPES], ids=lambda page: page.stem)
def test_a_page_works_as_it_is_written(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "forensics_rt[jpeg]" in page.read_text(encoding="utf-8"):
        pytest.importorskip("jpeglib", reason="pip install 'forensics_rt[jpeg]'")
    import_library()  # mends torchvision where it was built for another torch
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    kinds = []
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        kinds.append(block["kind"])
        if block["kind"] == "python":
            exec(block["code"], names)
        elif block["kind"] == "sh":
            run(block["code"])
        elif title := TITLE.search(block["code"]):
            Path(title["name"]).write_text(block["code"], encoding="utf-8")
    assert "sh" in kinds and "assert" in page.read_text(encoding="utf-8")


def test_the_index_lists_every_page() -> None:
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if f"]({page.name})" not in index] == []
