"""How a document is written: script, typefaces, size and ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.synth.scene import text as say
from train.synth.scene.fonts import FontBook
from train.synth.scene.writer import Color, Sheet


@dataclass(frozen=True)
class Style:
    """How one document is written.

    Attributes:
        chinese: Script of the running text.
        body: Typeface of the text.
        title: Typeface of headings (legitimately another one).
        number: Typeface of numbers (often another one as well).
        size: Text size in pixels.
        ink: RGB of the text.
    """

    chinese: bool
    body: str
    title: str
    number: str
    size: int
    ink: Color

    def font_for(self, text: str) -> str:
        """Return the typeface that holds the characters of a text."""
        return self.body if any(ord(c) > 0x2E80 for c in text) else self.number


def draw_style(rng: np.random.Generator, fonts: FontBook, width: int) -> Style:
    """Return a random style for a page of `width` pixels."""
    chinese = bool(rng.random() < 0.6)
    body = fonts.pick(rng, chinese)
    title = fonts.pick(rng, chinese) if rng.random() < 0.6 else body
    number = fonts.pick(rng, False) if rng.random() < 0.5 else body
    dark = int(rng.integers(0, 70))
    ink = (dark, dark, dark)
    if rng.random() < 0.12:  # faint or colored print
        ink = tuple(int(c) for c in rng.integers(40, 150, 3))  # type: ignore[assignment]
    size = int(np.clip(width * rng.uniform(0.016, 0.032), 12, 40))
    return Style(chinese, body, title, number, size, ink)


def draw_heading(rng: np.random.Generator, page: Sheet, style: Style, y: int) -> int:
    """Write a title at height `y` and return the height below it."""
    names = say.TITLES if style.chinese else say.ENGLISH_TITLES
    title = names[int(rng.integers(len(names)))]
    size = int(style.size * rng.uniform(1.6, 3.2))
    ink = (int(rng.integers(150, 220)), 20, 30) if rng.random() < 0.2 else style.ink
    x = int(max(10, page.size[0] / 2 - len(title) * size * (0.5 if style.chinese else 0.29)))
    page.write(x, y, title, style.title, size, ink)
    return y + int(size * 1.8)
