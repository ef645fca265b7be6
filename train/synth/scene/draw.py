"""Draw a random document: a real scan, a photograph or a rendered page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from train.synth.collections import pick_collection
from train.synth.scene.base import Scene
from train.synth.scene.ornaments import adorn
from train.synth.scene.registry import draw_layout
from train.synth.scene.wear import wear_out
from train.synth.sources import Sources


def draw_scene(rng: np.random.Generator, sources: Sources, real_share: float) -> Scene:
    """Return a random document: real with the given probability, else rendered."""
    real = sources.scans.files or sources.plain_scans.files or sources.collections
    if rng.random() < real_share and real:
        return used_scan_scene(rng, sources)
    if sources.photos.files and rng.random() < 0.1:
        return photo_scene(rng, sources)
    return rendered_scene(rng, sources, int(rng.integers(700, 1150)), int(rng.integers(760, 1250)))


def scan_scene(rng: np.random.Generator, sources: Sources) -> Scene:
    """Return a random real scan, or an image of a collection."""
    if sources.collections:
        return pick_collection(rng, sources.collections).scene(rng)
    plain = bool(sources.plain_scans.files) and (not sources.scans.files or rng.random() < 0.2)
    library = sources.plain_scans if plain else sources.scans
    return library.scene(library.pick(rng))


def used_scan_scene(rng: np.random.Generator, sources: Sources) -> Scene:
    """Return a random real scan with honest traces of use added to it."""
    scene = scan_scene(rng, sources)
    if scene.domain in ("screen", "digital"):
        return scene  # it has never been on paper
    return replace(scene, ornaments=wear_out(rng, scene.image))


def photo_scene(rng: np.random.Generator, sources: Sources) -> Scene:
    """Return a photograph; marks on it that look like words serve as words."""
    return sources.photos.scene(sources.photos.pick(rng))


def rendered_scene(rng: np.random.Generator, sources: Sources, width: int, height: int) -> Scene:
    """Return a drawn document with honest ornaments on it."""
    scene = draw_layout(rng, sources.fonts, width, height)
    return replace(scene, ornaments=adorn(rng, sources, scene.image))
