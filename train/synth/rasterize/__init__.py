"""Text as several programs draw it: glyph edges differ by rasterizer, hinting and weight."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from train.synth.rasterize.pango import pango
from train.synth.rasterize.pdfium import pdfium
from train.synth.rasterize.pillow import pillow
from train.synth.rasterize.skia import skia

Cover = npt.NDArray[np.float32]
"""H×W, or H×W×3 where the three colors of a pixel are covered apart; 0..1."""
Rasterizer = Callable[[np.random.Generator, str, str, float], Cover]
"""Draws a text in a font file at a size in pixels, cut to its ink; ways of drawing are random."""

RASTERIZERS: dict[str, Rasterizer] = {
    "pillow": pillow,
    "skia": skia,
    "pdfium": pdfium,
    "pango": pango,
}
"""Name → what draws; a new program is a new entry."""

__all__ = ["RASTERIZERS", "Cover", "Rasterizer"]
