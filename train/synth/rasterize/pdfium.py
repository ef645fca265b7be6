"""PDFium: text of a PDF page as viewers rasterize it, without hinting."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from pathlib import Path

import numpy as np

from train.synth.rasterize.trim import to_ink

_POINTS = 20.0


def pdfium(rng: np.random.Generator, text: str, font: str, size: float) -> np.ndarray:
    """Put the text on a page of its own and render that; sometimes with LCD order."""
    import pypdfium2 as engine
    from pypdfium2 import raw

    striped = rng.random() < 0.12
    document = engine.PdfDocument.new()
    width, height = _POINTS * (len(text) * 1.2 + 2), 2 * _POINTS
    page = document.new_page(width, height)
    data = _bytes(font)
    face = raw.FPDFText_LoadFont(document, data, len(data), raw.FPDF_FONT_TRUETYPE, 1)
    if not face:
        raise ValueError(f"{font} must be a font file, but PDFium cannot read it")
    item = raw.FPDFPageObj_CreateTextObj(document, face, _POINTS)
    encoded = (text + "\0").encode("utf-16-le")
    units = (ctypes.c_ushort * (len(encoded) // 2)).from_buffer_copy(encoded)
    raw.FPDFText_SetText(item, units)
    scale = size / _POINTS
    x, y = _POINTS / 2 + float(rng.random()) / scale, 0.6 * _POINTS + float(rng.random()) / scale
    raw.FPDFPageObj_Transform(item, 1, 0, 0, 1, x, y)
    raw.FPDFPage_InsertObject(page, item)
    raw.FPDFPage_GenerateContent(page)
    picture = page.render(scale=scale, optimize_mode="lcd" if striped else None).to_numpy()
    raw.FPDFFont_Close(face)
    page.close()
    document.close()
    cover = 1 - picture[..., 2::-1].astype(np.float32) / 255
    return to_ink(np.ascontiguousarray(cover) if striped else cover[..., 1])


@lru_cache(maxsize=32)
def _bytes(font: str) -> ctypes.Array[ctypes.c_ubyte]:
    data = Path(font).read_bytes()
    return (ctypes.c_ubyte * len(data)).from_buffer_copy(data)
