"""`forensics-rt bundle`: merge, pack and convert."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from forensics_rt import Bundle
from forensics_rt.cli import bundle as command
from forensics_rt.cli.main import app
from forensics_rt.errors import RecipeError
from forensics_rt.recipe import Recipe
from tests.bundles import brightness_graph, constant_graph, write_bundle


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["bundle", *(str(word) for word in words)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_merge_writes_one_bundle(tmp_path: Path) -> None:
    for name, graph in (("a", brightness_graph()), ("b", constant_graph(0.5))):
        write_bundle(tmp_path / name, [graph])
    words = ["merge", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "c", "--name", "both"]
    assert run(*words, "--weight", 1, "--weight", 2) == (0, f"built: {tmp_path / 'c'}\n")
    manifest = Bundle.open(tmp_path / "c").manifest
    assert (manifest.name, [one.weight for one in manifest.members]) == ("both", [1, 2])


def test_pack_puts_recipes_into_a_copy(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "careful.toml").write_text('tta = "flips"\noverlap = 8\nthreshold = 0.4\n')
    words = ["pack", bundle.path, "--recipe", tmp_path / "careful.toml"]
    assert run(*words, "--out", tmp_path / "packed")[0] == 0
    recipes = Bundle.open(tmp_path / "packed").manifest.recipes
    assert recipes["careful"] == Recipe("careful", overlap=8, tta=recipes["careful"].tta,
                                        threshold=0.4)  # fmt: skip


def test_pack_refuses_a_recipe_that_the_bundle_cannot_run(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "many.toml").write_text("members = 9\n")
    with pytest.raises(RecipeError, match="wants 9 members"):
        run("pack", bundle.path, "--recipe", tmp_path / "many.toml", "--out", tmp_path / "packed")
    assert not (tmp_path / "packed").exists()


def test_convert_asks_the_export(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its exit code is that of the export, whose tests cast and measure."""
    asked = []

    class Done:
        returncode = 1

    monkeypatch.setattr(command.subprocess, "run", lambda words, check: asked.append(words) or Done)
    words = ["--precision", "int8", "--calibration-images", "scans", "--keep-fp32", "op:Conv"]
    words += ["--mean-difference", "0.02"]
    assert run("convert", bundle.path, *words, "--out", tmp_path / "c", "--force")[0] == 1
    given = ["--bundle", str(bundle.path), "--precision", "int8", "--out", str(tmp_path / "c")]
    given += ["--calibration-images", "scans", "--keep-fp32", "op:Conv"]
    given += ["--mean-difference", "0.02", "--force"]
    assert asked[0][1:] == ["-m", "export.build_engines", *given]
