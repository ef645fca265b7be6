"""Layouts of drawn paper documents: one function a kind of document."""

from __future__ import annotations

import numpy as np

from train.synth.scene import text as say
from train.synth.scene.base import Scene
from train.synth.scene.fields import field_value
from train.synth.scene.fonts import FontBook
from train.synth.scene.paper import sheet
from train.synth.scene.style import Style, draw_heading, draw_style
from train.synth.scene.writer import Sheet


def _fields(rng: np.random.Generator, page: Sheet, style: Style, y: int, bottom: int) -> int:
    width = page.size[0]
    left = int(width * rng.uniform(0.09, 0.17))
    column = left + int(style.size * rng.uniform(5, 9))
    leading = rng.uniform(1.5, 2.6)
    names = say.LABELS if style.chinese else say.ENGLISH_LABELS
    while y < bottom:
        label = names[int(rng.integers(len(names)))]
        end = page.write(
            left, y, label + ("\uff1a" if style.chinese else ":"), style.body, style.size, style.ink
        )
        text = field_value(rng, label, style.chinese)
        page.write(max(column, end + 8), y, text, style.font_for(text), style.size, style.ink)
        y += int(style.size * leading)
    return y


def certificate(rng: np.random.Generator, fonts: FontBook, width: int, height: int) -> Scene:
    """Return an award or registration certificate: frame, title, fields, some prose."""
    style = draw_style(rng, fonts, width)
    page = Sheet(sheet(rng, width, height, official=True))
    y = draw_heading(rng, page, style, int(height * rng.uniform(0.05, 0.14)))
    y = _fields(rng, page, style, y, int(height * rng.uniform(0.45, 0.75)))
    margin = int(width * 0.1)
    page.paragraph(
        margin,
        y,
        width - 2 * margin,
        say.sentence(rng, style.chinese, 30),
        style.body,
        style.size,
        style.ink,
    )
    stamp = say.date(rng, style.chinese)
    page.write(int(width * 0.6), int(height * 0.9), stamp, style.body, style.size, style.ink)
    return page.scene("certificate")


def licence(rng: np.random.Generator, fonts: FontBook, width: int, height: int) -> Scene:
    """Return a licence: title and two columns of fields, closely set."""
    style = draw_style(rng, fonts, width)
    page = Sheet(sheet(rng, width, height, official=True))
    y = draw_heading(rng, page, style, int(height * rng.uniform(0.03, 0.1)))
    page.write(int(width * 0.1), y, say.code(rng), style.number, style.size, style.ink)
    _fields(rng, page, style, y + 2 * style.size, int(height * 0.93))
    return page.scene("licence")


def letter(rng: np.random.Generator, fonts: FontBook, width: int, height: int) -> Scene:
    """Return a letter: head, paragraphs, date."""
    style = draw_style(rng, fonts, width)
    page = Sheet(sheet(rng, width, height, official=False))
    margin = int(width * rng.uniform(0.05, 0.14))
    y = draw_heading(rng, page, style, int(height * 0.05))
    leading = float(rng.uniform(1.3, 2.0))
    while y < height * 0.9:
        body = say.sentence(rng, style.chinese, int(rng.integers(15, 60)))
        y = page.paragraph(
            margin, y, width - 2 * margin, body, style.body, style.size, style.ink, leading
        )
        y += int(style.size * rng.uniform(0.2, 1.2))
    day = say.date(rng, style.chinese)
    page.write(
        int(width * 0.65),
        min(y, height - 2 * style.size),
        day,
        style.font_for(day),
        style.size,
        style.ink,
    )
    return page.scene("letter")


def receipt(rng: np.random.Generator, fonts: FontBook, width: int, height: int) -> Scene:
    """Return a till receipt: items at the left, amounts at the right."""
    style = draw_style(rng, fonts, width)
    page = Sheet(sheet(rng, width, height, official=False))
    left, right = int(width * 0.06), int(width * rng.uniform(0.6, 0.82))
    y = draw_heading(rng, page, style, int(height * 0.03))
    while y < height - 2 * style.size:
        if rng.random() < 0.12:
            page.write(left, y, "-" * 36, style.number, style.size, style.ink)
        else:
            name = say.value(rng, style.chinese)[:18]
            page.write(left, y, name, style.body, style.size, style.ink)
            page.write(right, y, say.amount(rng), style.number, style.size, style.ink)
        y += int(style.size * 1.4)
    return page.scene("receipt")


def ruled_table(rng: np.random.Generator, fonts: FontBook, width: int, height: int) -> Scene:
    """Return a ruled table of short entries."""
    style = draw_style(rng, fonts, width)
    page = Sheet(sheet(rng, width, height, official=False))
    top = draw_heading(rng, page, style, int(height * 0.03))
    columns = int(rng.integers(2, 6))
    row = int(style.size * rng.uniform(1.6, 2.6))
    left, step = int(width * 0.04), int(width * 0.92 / columns)
    for y in range(top, height - row, row):
        page.draw.line((left, y, left + step * columns, y), fill=style.ink, width=1)
        for column in range(columns):
            text = say.value(rng, style.chinese)[: max(2, int(step / style.size * 0.95))]
            page.write(
                left + column * step + 6,
                y + (row - style.size) // 3,
                text,
                style.font_for(text),
                style.size,
                style.ink,
            )
    for column in range(columns + 1):
        x = left + column * step
        page.draw.line((x, top, x, height - row), fill=style.ink, width=1)
    return page.scene("table")
