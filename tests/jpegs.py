"""JPEGs of every kind that coefficients are read from, made at test time."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
from PIL import Image

KINDS: dict[str, dict[str, Any]] = {
    "4:4:4": {"subsampling": 0},
    "4:2:2": {"subsampling": 1},
    "4:2:0": {"subsampling": 2},
    "progressive": {"progressive": True},
    "restart markers": {"restart_marker_blocks": 3},
    "gray": {"mode": "L"},
}


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Return soft noise that no JPEG clips: height×width×3 uint8 RGB."""
    noise = np.random.default_rng((seed, height, width)).normal(128, 60, (height, width, 3))
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 1.0), 40, 215).astype(np.uint8)


def jpeg(pixels: np.ndarray, quality: int = 50, mode: str = "RGB", **options: Any) -> bytes:
    """Return a JPEG of pixels; options are Pillow's."""
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, "JPEG", quality=quality, **options)
    return out.getvalue()
