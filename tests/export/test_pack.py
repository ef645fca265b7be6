"""Where a bundle may go, and the goldens in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.errors import ExportError
from export.pack import record_of, refuse_occupied, write_golden


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
