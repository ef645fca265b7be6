"""Steps through paper and files: a print that is scanned again, the first JPEG save."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image as PilImage

from train.synth.imageops import blurred, jpeg, to_uint8
from train.synth.jpeg_tables import CHROMINANCE, LUMINANCE
from train.synth.scene.base import Image, Scene


def print_and_scan(rng: np.random.Generator, scene: Scene) -> Scene:
    """Print with a dot screen and scan: tones break into dots that the scanner half resolves."""
    height, width = scene.image.shape[:2]
    pitch, angle = float(rng.uniform(2.2, 4.5)), float(rng.uniform(0, np.pi / 2))
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (np.cos(angle) * columns + np.sin(angle) * rows) * (2 * np.pi / pitch)
    along = (np.cos(angle) * rows - np.sin(angle) * columns) * (2 * np.pi / pitch)
    dots = (np.cos(across) * np.cos(along))[..., None] * float(rng.uniform(8, 40))
    tones = scene.image.astype(np.float32)
    middle = 1 - np.abs(tones / 127.5 - 1) ** 2  # no dots in solid ink or bare paper
    printed = to_uint8(tones + dots * middle)
    return replace(scene, image=blurred(printed, float(rng.uniform(0.6, 1.1))))


def save(rng: np.random.Generator, scene: Scene) -> Scene:
    """Save as JPEG, as cameras and scanners do; half of them with tables of their own."""
    subsample = bool(rng.random() < 0.6)
    if rng.random() < 0.5:
        image = jpeg(scene.image, int(rng.integers(72, 99)), subsample)
    else:
        image = jpeg_with_tables(scene.image, random_tables(rng), subsample)
    return replace(scene, image=image)


def random_tables(rng: np.random.Generator) -> list[list[int]]:
    """Return quantization tables for luma and chroma that no encoder's quality setting gives."""
    scale = float(rng.uniform(0.06, 0.6))
    steepness = float(rng.uniform(0.7, 1.3))
    tables = []
    for standard in (LUMINANCE, CHROMINANCE):
        base = np.asarray(standard, np.float64)
        bent = base.mean() * (base / base.mean()) ** steepness
        values = bent * scale * rng.lognormal(0, 0.08, base.shape)
        tables.append([int(v) for v in np.clip(np.rint(values), 1, 255).ravel()])
    return tables


def jpeg_with_tables(image: Image, tables: list[list[int]], subsample: bool = True) -> Image:
    """Return the image after a JPEG round trip with the given quantization tables.

    Args:
        image: H×W×3 uint8 RGB.
        tables: Luma and chroma, 64 numbers each, row by row.
        subsample: True for 4:2:0 chroma, False for 4:4:4.
    """
    data = io.BytesIO()
    PilImage.fromarray(image).save(data, "JPEG", qtables=tables, subsampling=2 if subsample else 0)
    decoded = cv2.imdecode(np.frombuffer(data.getvalue(), np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded, np.uint8)[..., ::-1])
