"""The folder of a bundle: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.pack import record_of, refuse_occupied, staged, write_golden
from forensics_rt.errors import ExportError


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
    with pytest.raises(RuntimeError), staged(tmp_path / "bundle"):
        raise RuntimeError
    assert (tmp_path / "bundle" / "manifest.json").read_text() == "old"
    with staged(tmp_path / "bundle") as folder:
        (folder / "manifest.json").write_text("new")
    assert (tmp_path / "bundle" / "manifest.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_only_a_bundle_is_replaced_and_only_by_force(tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    refuse_occupied(out, force=False)
    out.mkdir()
    with pytest.raises(ExportError, match="exists already"):
        refuse_occupied(out, force=False)
    refuse_occupied(out, force=True)
    (out / "thesis.tex").write_text("years of work")
    with pytest.raises(ExportError, match="is no bundle"):
        refuse_occupied(out, force=True)
    (out / "manifest.json").write_text("{}")
    refuse_occupied(out, force=True)


def test_goldens_come_back_within_their_rounding(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    probability = random.random((64, 64), dtype=np.float32)
    record = write_golden(tmp_path, "member-1", image, probability)
    assert (record.tile, record.file.path) == (64, "goldens/member-1-64.npz")
    assert record.file == record_of(tmp_path, tmp_path / record.file.path)
    with np.load(tmp_path / record.file.path, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["image"], image)
        assert np.abs(arrays["probability"] - probability).max() <= 2.5e-4
