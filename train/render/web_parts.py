"""Pieces of web pages that documents and screens share: style, tags, small drawings."""

from __future__ import annotations

from html import escape

from train.render.content import Content

LATIN = "Liberation Sans|Roboto|Open Sans|Lato|Inter|DejaVu Sans|Carlito|FreeSans|Noto Sans".split(
    "|"
)
SERIF = "Liberation Serif|Noto Serif|FreeSerif|Caladea|Linux Libertine O|DejaVu Serif".split("|")
HAN = "Noto Sans CJK SC|WenQuanYi Zen Hei|WenQuanYi Micro Hei|Noto Sans CJK TC".split("|")
HAN_SERIF = "Noto Serif CJK SC|AR PL UMing CN|AR PL UKai CN|Noto Serif CJK TC".split("|")
ACCENTS = "#07c160 #1677ff #fa5151 #ff8f1f #1989fa #5856d6 #0a84ff #00897b #e91e63 #333333".split()


def page(made: Content, css: str, body: str, serif: bool = False) -> str:
    """Return a whole HTML document in typefaces drawn at random."""
    latin, han = made.pick(SERIF if serif else LATIN), made.pick(HAN_SERIF if serif else HAN)
    return (
        f"<!doctype html><html lang={'zh' if made.chinese else 'en'}><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'><style>"
        f"*{{box-sizing:border-box}}body{{margin:0;font-family:'{latin}','{han}'}}{css}</style>"
        f"<body>{body}</body></html>"
    )


def tag(name: str, text: str, css_class: str = "") -> str:
    """Return an element that holds a text."""
    return f"<{name} class='{css_class}'>{escape(text)}</{name}>"


def box(inside: str, css_class: str = "") -> str:
    """Return a block that holds other elements."""
    return f"<div class='{css_class}'>{inside}</div>"


def picture(made: Content, side: int, radius: int = 8) -> str:
    """Return a portrait or an icon, drawn from a few shapes."""
    hue, other = (int(v) for v in made.rng.integers(0, 360, 2))
    shapes = "".join(
        f"<circle cx='{x}' cy='{y}' r='{r}' fill='hsl({h},70%,{light}%)'/>"
        for x, y, r, h, light in (
            (int(made.rng.integers(40)), int(made.rng.integers(40)), int(made.rng.integers(4, 20)),
             int(made.rng.integers(360)), int(made.rng.integers(30, 90)))
            for _ in range(int(made.rng.integers(1, 6)))
        )
    )  # fmt: skip
    return (
        f"<svg width='{side}' height='{side}' viewBox='0 0 40 40' style='border-radius:{radius}px;"
        f"background:linear-gradient({int(made.rng.integers(180))}deg,hsl({hue},60%,60%),"
        f"hsl({other},60%,70%));flex:none'>{shapes}</svg>"
    )


def code_square(made: Content, side: int) -> str:
    """Return what looks like a QR code: an authentic thing that is all edges."""
    count = 25
    cells = made.rng.random((count, count)) < 0.5
    for x, y in ((0, 0), (0, count - 7), (count - 7, 0)):
        cells[y : y + 7, x : x + 7] = True
        cells[y + 1 : y + 6, x + 1 : x + 6] = False
        cells[y + 2 : y + 5, x + 2 : x + 5] = True
    squares = "".join(
        f"<rect x='{x}' y='{y}' width='1' height='1'/>"
        for y in range(count)
        for x in range(count)
        if cells[y, x]
    )
    return f"<svg width='{side}' height='{side}' viewBox='-2 -2 29 29' shape-rendering='crispEdges' style='background:#fff'>{squares}</svg>"
