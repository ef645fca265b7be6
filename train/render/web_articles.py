"""Printed matter as HTML: newspapers, reports with charts, official notices, leaflets.

Their colored headings, charts and emblems stand out from the page as if somebody had pasted them.
"""

from __future__ import annotations

import numpy as np

from train.render.content import Content
from train.render.web_figures import chart, emblem
from train.render.web_parts import box, page, picture, tag

KINDS = ("newspaper", "report", "notice", "leaflet")
_STRONG = "#d0021b #c00000 #e60012 #b71c1c #0b5394 #1b5e20 #6a1b9a #111111".split()
_CSS = """
body{background:PAPER;color:INK;font-size:SIZEpx;line-height:1.35;padding:28px}
h1{color:STRONG;font-size:HEADem;margin:.1em 0;line-height:1.15}h2{color:OTHER;font-size:1.5em;margin:.2em 0}
.columns{columns:COUNT;column-gap:16px;text-align:justify}.columns p{margin:.2em 0;break-inside:auto}
svg{max-width:100%}.gray svg{filter:grayscale(1)}.center{text-align:center}.pale{color:#777;font-size:.85em}
.bar{background:STRONG;color:#fff;display:inline-block;padding:2px 12px}.line{border-top:3px solid STRONG;margin:8px 0}
.row{display:flex;justify-content:space-between;align-items:center;gap:24px;margin:10px 0}
.frame{border:2px dashed OTHER;border-radius:16px;padding:14px;margin:12px 0;background:SHADE}
"""


def article(rng: np.random.Generator) -> tuple[str, int, int, float, bool, str]:
    """Return a printed page: HTML, CSS width and height, device pixel ratio, False, and kind."""
    made = Content(rng, bool(rng.random() < 0.5))
    kind = made.pick(KINDS)
    tones = {
        "PAPER": made.pick(("#fff", "#fff", "#f7f4ea", "#f2f2f2", "#eef3ea")),
        "INK": made.pick(("#111", "#333", "#555", "#666")),
        "SIZE": str(int(rng.integers(8, 15))),
        "STRONG": made.pick(_STRONG),
        "OTHER": made.pick(_STRONG),
        "HEAD": f"{rng.uniform(1.8, 4):.1f}",
        "COUNT": str(int(rng.integers(1, 5))),
        "SHADE": made.pick(("#fff", "#fdf6e3", "#e8f5e9", "#e3f2fd")),
    }
    css = _CSS
    for name, value in tones.items():
        css = css.replace(name, value)
    body = {"newspaper": _newspaper, "report": _report, "notice": _notice}.get(kind, _leaflet)(made)
    ratio, height = float(rng.choice((1.0, 1.3, 1.5, 2.0))), int(rng.integers(700, 1123))
    return page(made, css, body, serif=bool(rng.random() < 0.6)), 794, height, ratio, False, kind


def _paragraphs(made: Content, count: int) -> str:
    return "".join(tag("p", made.text(int(made.rng.integers(3, 8)))) for _ in range(count))


def _newspaper(made: Content) -> str:
    stories = ""
    for _ in range(int(made.rng.integers(2, 5))):
        heading = tag(made.pick(("h1", "h2")), made.text(1))
        photo = picture(made, int(made.rng.integers(120, 240)), 0)
        inside = _paragraphs(made, int(made.rng.integers(3, 8)))
        stories += heading + box(box(photo, made.pick(("gray", ""))) + inside, "columns")
    top = box(tag("h1", made.firm(), "bar") + tag("span", made.date(), "pale"), "row")
    return top + box("", "line") + stories


def _report(made: Content) -> str:
    figures = [
        chart(made, int(made.rng.integers(220, 340)), int(made.rng.integers(120, 240)))
        + tag("p", made.text(1), "pale")
        for _ in range(int(made.rng.integers(2, 6)))
    ]
    parts = [part for figure in figures for part in (figure, _paragraphs(made, 2))]
    made.rng.shuffle(parts)
    return tag("h2", made.text(1)) + box("".join(parts), "columns")


def _notice(made: Content) -> str:
    signs = [
        emblem(made, int(made.rng.integers(48, 120))) for _ in range(int(made.rng.integers(1, 4)))
    ]
    left = tag("b", made.firm()) + tag("div", made.address())
    right = tag("div", made.code()) + tag("div", made.date())
    return (
        box("".join(signs), made.pick(("row", "center"))) + box(tag("h1", made.firm()), "center")
        + box("", "line") + box(box(left) + box(right), "row")
        + box(tag("h2", made.text(1)), "center") + _paragraphs(made, int(made.rng.integers(0, 6)))
        + tag("p", made.person())
    )  # fmt: skip


def _leaflet(made: Content) -> str:
    frames = "".join(
        box(tag("p", made.text(int(made.rng.integers(1, 4)))), "frame")
        + box(picture(made, int(made.rng.integers(60, 200)), 60) + emblem(made, 80), "row")
        for _ in range(int(made.rng.integers(2, 5)))
    )
    return box(tag("h1", made.text(1)), "center") + frames + tag("p", made.text(2), "pale")
