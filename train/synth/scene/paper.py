"""Backgrounds of rendered pages: tinted paper, fibres and security line patterns."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.scene.base import Image


def tinted(rng: np.random.Generator, width: int, height: int) -> Image:
    """Return plain paper of a light, slightly colored tint."""
    if rng.random() < 0.45:
        tint = np.full(3, rng.integers(236, 256), np.float32)
    else:
        tint = rng.integers(205, 256, 3).astype(np.float32)
    sheet = np.empty((height, width, 3), np.float32)
    sheet[:] = tint
    if rng.random() < 0.5:
        sheet += fibres(rng, width, height)[..., None]
    return np.clip(sheet, 0, 255).astype(np.uint8)


def fibres(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Return an H×W float32 relief of paper fibres in gray levels around zero."""
    cell = float(rng.uniform(1.5, 12))
    small = rng.normal(0, 1, (int(height / cell) + 2, int(width / cell) + 2)).astype(np.float32)
    relief = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return relief * float(rng.uniform(0.8, 4.0))


def guilloche(rng: np.random.Generator, sheet: Image) -> None:
    """Draw a security pattern of parallel waves over a sheet, in place."""
    height, width = sheet.shape[:2]
    color = tuple(int(c) for c in sheet[0, 0].astype(int) - rng.integers(8, 60, 3))
    xs = np.arange(0, width + 8, 6, dtype=np.float32)
    period, amplitude = rng.uniform(40, 260), rng.uniform(4, 40)
    phase_step = rng.uniform(0, 0.6)
    pitch = int(rng.integers(6, 22))
    for index, base in enumerate(range(-40, height + 40, pitch)):
        wave = np.sin(xs / period * 2 * np.pi + index * phase_step) * amplitude
        ys = base + wave * np.cos(xs / (period * 3.7))
        points = np.stack([xs, ys], 1).astype(np.int32)
        cv2.polylines(sheet, [points], False, color, 1, cv2.LINE_AA)


def border(rng: np.random.Generator, sheet: Image, margin: int) -> None:
    """Draw an ornamental frame, in place."""
    height, width = sheet.shape[:2]
    color = tuple(int(c) for c in rng.integers(20, 190, 3))
    for _ in range(int(rng.integers(1, 4))):
        thick = int(rng.integers(1, 7))
        cv2.rectangle(sheet, (margin, margin), (width - margin, height - margin), color, thick)
        margin += thick + int(rng.integers(3, 10))
    if rng.random() < 0.6:
        step, radius = int(rng.integers(12, 34)), int(rng.integers(3, 10))
        for x in range(margin, width - margin, step):
            for y in (margin, height - margin):
                cv2.circle(sheet, (x, y), radius, color, 1, cv2.LINE_AA)
        for y in range(margin, height - margin, step):
            for x in (margin, width - margin):
                cv2.circle(sheet, (x, y), radius, color, 1, cv2.LINE_AA)


def sheet(rng: np.random.Generator, width: int, height: int, official: bool) -> Image:
    """Return paper; official pages often carry a pattern and a frame."""
    page = tinted(rng, width, height)
    if rng.random() < (0.6 if official else 0.1):
        guilloche(rng, page)
    if official and rng.random() < 0.75:
        border(rng, page, int(rng.integers(8, max(9, width // 20))))
    return page
