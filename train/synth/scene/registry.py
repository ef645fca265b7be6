"""All kinds of drawn documents."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from train.synth.scene.base import Scene
from train.synth.scene.covers import book_cover
from train.synth.scene.fonts import FontBook
from train.synth.scene.layouts import certificate, letter, licence, receipt, ruled_table
from train.synth.scene.screens import drawn_screen

Layout = Callable[[np.random.Generator, FontBook, int, int], Scene]
"""Draws a document of a width and height in pixels."""

LAYOUTS: dict[str, tuple[float, Layout]] = {
    "certificate": (0.24, certificate),
    "licence": (0.22, licence),
    "letter": (0.14, letter),
    "receipt": (0.12, receipt),
    "table": (0.11, ruled_table),
    "screen": (0.1, drawn_screen),
    "book_cover": (0.07, book_cover),
}
"""Name → weight and layout; a new kind of document is a new entry."""


def draw_layout(rng: np.random.Generator, fonts: FontBook, width: int, height: int) -> Scene:
    """Return a document of a random kind."""
    names = tuple(LAYOUTS)
    weights = np.array([weight for weight, _ in LAYOUTS.values()])
    name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    return LAYOUTS[name][1](rng, fonts, width, height)
