"""The folder of a bundle: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics_rt.bundle.copying import staged


def test_takes_its_place_when_the_body_ends(tmp_path: Path) -> None:
    with staged(tmp_path / "bundle") as folder:
        (folder / "manifest.json").write_text("{}")
        assert not (tmp_path / "bundle").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_leaves_nothing_when_the_body_fails(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), staged(tmp_path / "new" / "parents" / "bundle") as folder:
        (folder / "graph.onnx").write_text("half a graph")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_failed_build_keeps_the_bundle_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "manifest.json").write_text("old")
    with pytest.raises(RuntimeError), staged(tmp_path / "bundle", replace=True):
        raise RuntimeError
    assert (tmp_path / "bundle" / "manifest.json").read_text() == "old"
    with staged(tmp_path / "bundle", replace=True) as folder:
        (folder / "manifest.json").write_text("new")
    assert (tmp_path / "bundle" / "manifest.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_what_came_meanwhile_keeps_its_place(tmp_path: Path) -> None:
    with pytest.raises(OSError), staged(tmp_path / "bundle"):
        (tmp_path / "bundle").mkdir()
        (tmp_path / "bundle" / "manifest.json").write_text("of another run")
    assert [path.name for path in tmp_path.rglob("*")] == ["bundle", "manifest.json"]
