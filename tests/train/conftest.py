"""Small raw material for the tests of training: fonts of this machine, scans drawn here."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from train.synth.scene.fonts import FontBook
from train.synth.scene.scans import ScanLibrary
from train.synth.sources import Sources


def _first_font() -> str | None:
    roots = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("C:/Windows/Fonts"))
    fits = [p for r in roots if r.is_dir() for p in r.rglob("*.ttf") if "Sans" in p.name]
    return str(sorted(fits)[0]) if fits else None


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    font = _first_font()
    if font is None:
        pytest.skip("no TrueType font on this machine")
    folder = tmp_path_factory.mktemp("scans")
    rng = np.random.default_rng(5)
    for index in range(2):
        page = np.full((420, 400, 3), 235, np.uint8)
        page = (page + rng.normal(0, 3, page.shape)).clip(0, 255).astype(np.uint8)
        for line in range(9):
            at = (20, 40 + 42 * line)
            cv2.putText(
                page,
                f"Item {line} 12.3{index}",
                at,
                cv2.FONT_HERSHEY_SIMPLEX,
                0.8,
                (30, 30, 30),
                2,
                cv2.LINE_AA,
            )
        cv2.imwrite(str(folder / f"scan{index}.png"), page)
    files = tuple(sorted(str(p) for p in folder.glob("*.png")))
    library = ScanLibrary(files)
    empty = ScanLibrary(())
    return Sources(FontBook((font,), (font,)), empty, library, empty)
