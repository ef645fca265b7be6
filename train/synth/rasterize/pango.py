"""Pango and Cairo by way of libvips: the text of GTK programs, GIMP and Inkscape."""

from __future__ import annotations

import logging
from html import escape

import numpy as np
from PIL import ImageFont

from train.synth.rasterize.trim import to_ink
from train.synth.scene.fonts import load_font


def pango(rng: np.random.Generator, text: str, font: str, size: float) -> np.ndarray:
    """Draw as GIMP does; the size is set by the resolution, in fractions of a pixel."""
    import pyvips

    logging.getLogger("pyvips").setLevel(logging.WARNING)  # it tells of every text
    face: ImageFont.FreeTypeFont = load_font(font, 24)
    family, style = face.getname()
    described = f"{family} {style or ''} 36".replace("  ", " ")
    # 36 points at 72 dpi are 36 pixels.
    dpi = max(8, round(2 * size))
    layer = pyvips.Image.text(escape(text), font=described, fontfile=font, dpi=dpi)
    cover = np.asarray(layer.numpy(), np.float32).reshape(layer.height, layer.width)
    return to_ink(cover / np.float32(255))
