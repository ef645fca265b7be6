"""Writing a rendered page: a lossless PNG, and a CSV of its text lines beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from forensics_rt.io.writers import write_atomically
from train.synth.scene.base import Image
from train.text_lines.sheets import TextLine, write_sheet


def box_line(x0: float, y0: float, x1: float, y1: float, text: str) -> TextLine:
    """Return a line of text that lies upright in a box, in pixels."""
    return TextLine(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), text)


def write_page(folder: Path, name: str, image: Image, lines: Sequence[TextLine]) -> None:
    """Write `NAME.png` to the folder and `lines/NAME.csv` below it.

    Args:
        folder: Made if missing.
        name: Stem of the files.
        image: H×W×3 uint8 RGB.
        lines: What is written on the page.
    """
    (folder / "lines").mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))
    write_sheet(folder / "lines" / f"{name}.csv", lines)
    write_atomically(folder / f"{name}.png", data.tobytes())
