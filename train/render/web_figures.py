"""Drawings of printed matter: charts and emblems. Authentic, and easily taken for pasted."""

from __future__ import annotations

from html import escape

import numpy as np

from train.render.content import Content

_INKS = "#d62728 #1f77b4 #2ca02c #9467bd #ff7f0e #111111 #e377c2 #17becf".split()


def chart(made: Content, width: int, height: int) -> str:
    """Return a chart of curves, bars or points, with axes, numbers and a legend."""
    draw = made.pick((_curves, _bars, _points))
    inks = [made.pick(_INKS) for _ in range(int(made.rng.integers(1, 5)))]
    marks = "".join(draw(made, ink) for ink in inks)
    axes = "<path d='M20 5V105H195' fill='none' stroke='#222' stroke-width='1'/>"
    numbers = "".join(
        f"<text x='17' y='{y}' text-anchor='end'>{made.digits(2)}</text>"
        for y in range(18, 106, 22)
    ) + "".join(f"<text x='{x}' y='115'>{made.digits(1)}</text>" for x in range(30, 190, 40))
    legend = "".join(
        f"<path d='M150 {12 + 9 * i}h10' stroke='{ink}'/>"
        f"<text x='163' y='{15 + 9 * i}'>{escape(made.word('run', '组') + made.digits(1))}</text>"
        for i, ink in enumerate(inks)
    )
    return (
        f"<svg width='{width}' height='{height}' viewBox='0 0 200 120' preserveAspectRatio='none' "
        f"font-size='8' style='background:#fff'>{marks}{axes}{numbers}{legend}</svg>"
    )


def emblem(made: Content, side: int) -> str:
    """Return a coat of arms or a logo: rings, rays, a letter or two, in few colors."""
    ink, other = made.pick(_INKS), made.pick(_INKS)
    rays, reach = int(made.rng.integers(5, 25)), float(made.rng.uniform(8, 18))
    turns = np.arange(rays) * 2 * np.pi / rays
    lines = "".join(
        f"<path d='M20 20L{20 + reach * np.cos(t):.2f} {20 + reach * np.sin(t):.2f}' stroke='{other}'/>"
        for t in turns
    )
    rings = "".join(
        f"<circle cx='20' cy='20' r='{radius:.1f}' fill='none' stroke='{ink}' "
        f"stroke-width='{made.rng.uniform(0.4, 3):.1f}'/>"
        for radius in made.rng.uniform(5, 18, int(made.rng.integers(1, 4)))
    )
    letters = escape(made.firm()[: int(made.rng.integers(1, 4))])
    return (
        f"<svg width='{side}' height='{side}' viewBox='0 0 40 40' style='flex:none'>{lines}{rings}"
        f"<text x='20' y='24' text-anchor='middle' font-size='11' fill='{ink}'>{letters}</text></svg>"
    )


def _walk(made: Content, count: int) -> list[tuple[float, float]]:
    """Return points of a random walk inside the axes."""
    heights = 55 + np.cumsum(made.rng.normal(0, made.rng.uniform(1, 8), count))
    across = np.linspace(22, 190, count)
    return [(float(x), float(np.clip(y, 8, 102))) for x, y in zip(across, heights, strict=True)]


def _curves(made: Content, ink: str) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in _walk(made, int(made.rng.integers(8, 90))))
    dashes = made.pick(("none", "none", "4 2", "1 2"))
    return f"<polyline points='{points}' fill='none' stroke='{ink}' stroke-dasharray='{dashes}'/>"


def _bars(made: Content, ink: str) -> str:
    shift = float(made.rng.uniform(0, 6))
    return "".join(
        f"<rect x='{x + shift:.1f}' y='{y:.1f}' width='5' height='{105 - y:.1f}' fill='{ink}'/>"
        for x, y in _walk(made, int(made.rng.integers(4, 12)))
    )


def _points(made: Content, ink: str) -> str:
    return "".join(
        f"<circle cx='{x:.1f}' cy='{y + made.rng.normal(0, 4):.1f}' r='1.2' fill='{ink}'/>"
        for x, y in _walk(made, int(made.rng.integers(30, 160)))
    )
