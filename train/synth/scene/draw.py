"""Draw a random document: a real scan, a photograph or a rendered page."""

from __future__ import annotations

import cv2
import numpy as np

from train.synth.scene.base import Scene
from train.synth.scene.layouts import LAYOUTS
from train.synth.scene.seal import make_seal, press
from train.synth.sources import Sources


def draw_scene(rng: np.random.Generator, sources: Sources, real_share: float) -> Scene:
    """Return a random document: real with the given probability, else rendered."""
    if rng.random() < real_share and (sources.scans.files or sources.plain_scans.files):
        return scan_scene(rng, sources)
    if sources.photos.files and rng.random() < 0.1:
        return photo_scene(rng, sources)
    return rendered_scene(rng, sources, int(rng.integers(700, 1150)), int(rng.integers(760, 1250)))


def scan_scene(rng: np.random.Generator, sources: Sources) -> Scene:
    """Return a random real scan."""
    plain = bool(sources.plain_scans.files) and (not sources.scans.files or rng.random() < 0.2)
    library = sources.plain_scans if plain else sources.scans
    return library.scene(library.pick(rng))


def photo_scene(rng: np.random.Generator, sources: Sources) -> Scene:
    """Return a photograph; marks on it that look like words serve as words."""
    return sources.photos.scene(sources.photos.pick(rng))


def rendered_scene(rng: np.random.Generator, sources: Sources, width: int, height: int) -> Scene:
    """Return a drawn document with genuine seals, photographs and logos on it."""
    names = tuple(LAYOUTS)
    layout = LAYOUTS[names[int(rng.integers(len(names)))]]
    scene = layout(rng, sources.fonts, width, height)
    if sources.photos.files and rng.random() < 0.25:
        _genuine_photo(rng, sources, scene)
    for _ in range(int(rng.integers(0, 3))):
        size = int(rng.integers(70, 220))
        seal = make_seal(rng, sources.fonts, size)
        press(
            scene.image,
            seal,
            int(rng.integers(0, width - size)),
            int(rng.integers(0, height - size)),
        )
    return scene


def _genuine_photo(rng: np.random.Generator, sources: Sources, scene: Scene) -> None:
    photo = sources.photos.load(sources.photos.pick(rng))
    width, height = int(rng.integers(60, 240)), int(rng.integers(60, 280))
    factor = max(width / photo.shape[1], height / photo.shape[0])
    factor = float(min(1.0, factor * rng.uniform(1.0, 1.6)))
    small = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    piece = small[:height, :width]
    x = int(rng.integers(0, scene.image.shape[1] - width))
    y = int(rng.integers(0, scene.image.shape[0] - height))
    scene.image[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
