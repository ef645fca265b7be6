"""Skia, which draws text in Chromium and Android: hinting, subpixel position, LCD order, weight."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from train.synth.rasterize.trim import to_ink


def skia(rng: np.random.Generator, text: str, font: str, size: float) -> np.ndarray:
    """Draw as a browser or a phone does."""
    import skia as engine

    face = engine.Font(_typeface(font), size)
    hintings = (engine.FontHinting.kNone, engine.FontHinting.kSlight, engine.FontHinting.kNormal)
    face.setHinting(hintings[int(rng.integers(3))])
    face.setSubpixel(bool(rng.random() < 0.6))
    striped = rng.random() < 0.2
    edging = engine.Font.Edging
    face.setEdging(edging.kSubpixelAntiAlias if striped else edging.kAntiAlias)
    face.setEmbolden(bool(rng.random() < 0.06))
    width, height = int(face.measureText(text) + size) + 4, int(2 * size) + 4
    # LCD text is only drawn on an opaque ground: black ink on white, and the cover is what is dark.
    properties = engine.SurfaceProps(0, engine.PixelGeometry.kRGB_H_PixelGeometry)
    information = engine.ImageInfo.MakeN32Premul(width, height)
    surface = engine.Surface.MakeRaster(information, 0, properties)
    canvas = surface.getCanvas()
    canvas.clear(engine.ColorWHITE)
    x, y = size / 4 + float(rng.random()), 1.4 * size + float(rng.random())
    canvas.drawString(text, x, y, face, engine.Paint(Color=engine.ColorBLACK, AntiAlias=True))
    pixels = surface.toarray(colorType=engine.kRGBA_8888_ColorType)[..., :3]
    cover = 1 - pixels.astype(np.float32) / 255
    return to_ink(cover if striped else cover[..., 1])


@lru_cache(maxsize=256)
def _typeface(font: str) -> Any:
    import skia as engine

    face = engine.Typeface.MakeFromFile(font)
    if face is None:
        raise ValueError(f"{font} must be a font file, but Skia cannot read it")
    return face
