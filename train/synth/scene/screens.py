"""Phone screens: a status bar, a head, and rows of a list or bubbles of a chat."""

from __future__ import annotations

import numpy as np

from train.synth.scene import text as say
from train.synth.scene.base import Scene
from train.synth.scene.fields import person
from train.synth.scene.fonts import FontBook, load_font
from train.synth.scene.style import Style
from train.synth.scene.writer import Color, Sheet

_ACCENTS: tuple[Color, ...] = ((7, 193, 96), (22, 119, 255), (250, 81, 81), (60, 60, 67))


def drawn_screen(rng: np.random.Generator, fonts: FontBook, width: int, height: int) -> Scene:
    """Return a screenshot of a payment, a list of transfers or a chat; flat colors, no paper."""
    chinese = bool(rng.random() < 0.6)
    body = fonts.pick(rng, chinese)
    number = fonts.pick(rng, False) if rng.random() < 0.6 else body
    dark = rng.random() < 0.15
    ink: Color = (235, 235, 240) if dark else (25, 25, 28)
    size = int(np.clip(width * rng.uniform(0.026, 0.04), 14, 44))
    style = Style(chinese, body, body, number, size, ink)
    ground = int(rng.integers(0, 30)) if dark else int(rng.integers(236, 256))
    page = Sheet(np.full((height, width, 3), ground, np.uint8))
    accent = _ACCENTS[int(rng.integers(len(_ACCENTS)))]
    y = _head(rng, page, style, accent)
    draw = (_payment, _transfers, _chat)[int(rng.integers(3))]
    draw(rng, page, style, accent, y)
    return page.scene("screen")


def _head(rng: np.random.Generator, page: Sheet, style: Style, accent: Color) -> int:
    width, size = page.size[0], style.size
    if rng.random() < 0.5:
        page.draw.rectangle((0, 0, width, int(4.5 * size)), fill=accent)
    clock = f"{int(rng.integers(24)):02d}:{int(rng.integers(60)):02d}"
    small = max(10, int(size * 0.75))
    page.write(int(0.8 * size), int(0.4 * size), clock, style.number, small, style.ink)
    share = f"{int(rng.integers(1, 101))}%"
    page.write(width - 4 * size, int(0.4 * size), share, style.number, small, style.ink)
    names = say.TITLES if style.chinese else say.ENGLISH_TITLES
    title = names[int(rng.integers(len(names)))]
    page.write(int(width * 0.3), int(2.2 * size), title, style.body, int(size * 1.2), style.ink)
    return int(5.5 * size)


def _payment(rng: np.random.Generator, page: Sheet, style: Style, accent: Color, y: int) -> None:
    width, size = page.size[0], style.size
    sum_paid = say.amount(rng)
    page.write(int(width * 0.3), y + size, sum_paid, style.number, int(2.4 * size), style.ink)
    y += 5 * size
    labels = say.LABELS if style.chinese else say.ENGLISH_LABELS
    gray = tuple((c + 140) // 2 for c in style.ink)
    while y < page.size[1] - 2 * size:
        label = labels[int(rng.integers(len(labels)))]
        page.write(int(0.06 * width), y, label, style.body, size, gray)  # type: ignore[arg-type]
        value = say.value(rng, style.chinese)
        page.write(int(0.42 * width), y, value, style.font_for(value), size, style.ink)
        y += int(size * rng.uniform(1.9, 2.4))


def _transfers(rng: np.random.Generator, page: Sheet, style: Style, accent: Color, y: int) -> None:
    width, size = page.size[0], style.size
    while y < page.size[1] - 3 * size:
        box = (int(0.04 * width), y, int(0.04 * width) + 2 * size, y + 2 * size)
        tint = tuple(int(c) for c in rng.integers(60, 230, 3))
        page.draw.rounded_rectangle(box, size // 2, fill=tint)
        name = person(rng, style.chinese)
        day = say.date(rng, False)
        small = max(10, int(0.7 * size))
        left = int(0.06 * width) + 2 * size
        page.write(left, y, name, style.body, size, style.ink)
        page.write(left, y + int(1.3 * size), day, style.number, small, style.ink)
        sign = "+" if rng.random() < 0.4 else "-"
        ink = accent if sign == "+" else style.ink
        sum_moved = sign + say.amount(rng)
        page.write(int(0.68 * width), y + size // 3, sum_moved, style.number, size, ink)
        y += int(2.9 * size)
        rule = tuple((c + 200) // 2 for c in style.ink)
        page.draw.line((left, y, width, y), fill=rule)
        y += int(0.6 * size)


def _chat(rng: np.random.Generator, page: Sheet, style: Style, accent: Color, y: int) -> None:
    width, size = page.size[0], style.size
    while y < page.size[1] - 3 * size:
        own = rng.random() < 0.5
        count = int(rng.integers(2, 7))
        text = say.hanzi(rng, 2 * count) if style.chinese else say.sentence(rng, False, count)
        if rng.random() < 0.3:
            text = say.amount(rng)
        font = style.font_for(text)
        length = int(load_font(font, size).getlength(text))
        x = width - length - 4 * size if own else int(3.2 * size)
        bubble = (x - size // 2, y, x + length + size // 2, y + 2 * size)
        page.draw.rounded_rectangle(bubble, size // 3, fill=accent if own else (225, 226, 230))
        page.write(x, y + int(0.4 * size), text, font, size, (20, 20, 22))
        y += int(2.7 * size)
