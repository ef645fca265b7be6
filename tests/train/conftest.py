"""Small raw material for the tests of training: a typeface, scans drawn here."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from train.synth.scene.fonts import FontBook
from train.synth.scene.scans import ScanLibrary
from train.synth.sources import Sources


@pytest.fixture(scope="session")
def font(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The typeface inside Pillow, as a file: the same everywhere, also where no fonts are."""
    path = tmp_path_factory.mktemp("fonts") / "aileron.ttf"
    path.write_bytes(ImageFont.load_default(24).font_bytes)
    return str(path)


@pytest.fixture(scope="session")
def sources(font: str, tmp_path_factory: pytest.TempPathFactory) -> Sources:
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
