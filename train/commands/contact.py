"""Draw a sheet of pages: pink borders around what is forged, blue around what does not count."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from forensics_rt.io.pairs import IGNORE
from forensics_rt.io.writers import write_atomically
from train.config import SynthConfig, read_config
from train.ranges import check_counts
from train.synth.finished import finished_page
from train.synth.scene.base import Image
from train.synth.sources import open_sources

FORGED_COLOR = (255, 0, 255)
IGNORED_COLOR = (0, 160, 255)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--out", type=Path, required=True, help="picture to write, such as sheet.png"
    )
    parser.add_argument("--count", type=int, default=12, help="pages (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=0, help="another seed makes other pages (default: %(default)s)"
    )
    parser.add_argument(
        "--columns", type=int, default=4, help="pages side by side (default: %(default)s)"
    )
    parser.add_argument(
        "--config",
        type=Path,
        help="TOML with [sources], [page]; the folders that [sources] names must exist",
    )


def run(options: argparse.Namespace) -> int:
    """Draw the sheet.

    Raises:
        ValueError: If no sheet can be drawn of so many pages, or none written under that name.
        OutputError: If the file cannot be written.
    """
    _check(options)
    config = read_config(options.config, SynthConfig) if options.config else SynthConfig()
    sources = open_sources(config.sources, held_out=False)
    side = config.page.size or 640
    cells = []
    for index in range(options.count):
        page = finished_page(options.seed, index, sources, config.page)
        cells.append(_cell(outlined(page.image, page.mask), side))
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % options.columns)
    rows = [
        np.hstack(cells[i : i + options.columns]) for i in range(0, len(cells), options.columns)
    ]
    sheet = np.ascontiguousarray(np.vstack(rows)[..., ::-1])
    try:
        done, data = cv2.imencode(options.out.suffix, sheet)
    except cv2.error:
        done = False
    if not done:
        raise ValueError(
            f"--out: {sheet.shape[1]}×{sheet.shape[0]} pixels do not fit into "
            f"{options.out.suffix}; draw fewer pages, or name a PNG file"
        )
    write_atomically(options.out, data.tobytes())
    return 0


def outlined(image: Image, mask: np.ndarray) -> Image:
    """Return the image with forged blobs in magenta outline and ignored ones in blue."""
    picture: Image = image.copy()
    ignored = mask == IGNORE
    for area, color in (((mask > 0) & ~ignored, FORGED_COLOR), (ignored, IGNORED_COLOR)):
        edge = cv2.morphologyEx(area.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3)))
        picture[edge > 0] = color
    return picture


def _check(options: argparse.Namespace) -> None:
    check_counts(options, "count", "columns")
    if not cv2.haveImageWriter(str(options.out)):
        raise ValueError(
            "--out must end in a kind of picture that OpenCV writes, such as .png, but is "
            f"{options.out}"
        )


def _cell(image: Image, side: int) -> Image:
    cell = np.full((side, side, 3), 128, np.uint8)
    part = image[:side, :side]
    cell[: part.shape[0], : part.shape[1]] = part
    return cell
