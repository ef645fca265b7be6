"""Render authentic pages by real engines: documents by Typst, documents and screens by Chromium."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from forensics_rt.io.writers import check_writable
from train.ranges import check_counts
from train.render.browser import Browser
from train.render.typst_pages import typst_page
from train.render.web_articles import article
from train.render.web_documents import document
from train.render.web_kits import find_kits
from train.render.web_screens import web_screen
from train.render.written import write_page
from train.synth.scene.base import Image
from train.synth.scene.fonts import find_fonts
from train.text_lines.sheets import TextLine

ENGINES = ("typst", "web-documents", "web-screens", "web-articles")
DrawHtml = Callable[[np.random.Generator], tuple[str, int, int, float, bool, str]]
DrawPage = Callable[[np.random.Generator], tuple[Image, list[TextLine], str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of PNG files; text in lines/"
    )
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first page")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--kits", type=Path, help="folder of style sheets of UI kits, for web-screens"
    )
    parser.add_argument("--fonts", nargs="+", default=["/usr/share/fonts"], help="for typst")


def run(options: argparse.Namespace) -> int:
    """Render the pages that are not there yet.

    Raises:
        ValueError: If the engine is not installed, or there are to be no pages.
        OutputError: If the folder takes no files.
    """
    check_counts(options, "count")
    check_writable(options.out)
    cv2.setNumThreads(1)
    if options.engine == "typst":
        fonts = find_fonts(options.fonts, None)
        _write(options, lambda rng: typst_page(rng, fonts))
        return 0
    pages: dict[str, DrawHtml] = {
        "web-screens": partial(web_screen, kits=find_kits(options.kits)),
        "web-documents": document,
        "web-articles": article,
    }
    make = pages[options.engine]
    with Browser() as browser:

        def shot(rng: np.random.Generator) -> tuple[Image, list[TextLine], str]:
            html, width, height, ratio, mobile, kind = make(rng)
            return (*browser.shot(html, width, height, ratio, mobile), kind)

        _write(options, shot)
    return 0


def _write(options: argparse.Namespace, draw: DrawPage) -> None:
    new = 0
    for index in range(options.first, options.first + options.count):
        stem = f"{options.engine}_{options.seed}_{index:05d}"
        if next(options.out.glob(f"{stem}_*.png"), None) is not None:
            continue
        engine = ENGINES.index(options.engine)
        image, lines, kind = draw(np.random.default_rng([options.seed, engine, index]))
        write_page(options.out, f"{stem}_{kind}", image, lines)
        new += 1
    sys.stdout.write(f"{new} pages rendered, {options.count - new} were there\n")
