"""Small files for the tests of runs on Ray."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.ray_pages import Shares, write_pages
from forensics_rt.distributed.inputs import InputFile
from forensics_rt.distributed.places import place_of

CRASHING = Path(__file__).parent / "crashing_decoder"


def page(seed=0, height=64, width=80, kind="PNG"):
    """Return an encoded picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def fatal():
    """Return a picture that `crashing_decoder` dies of."""
    return page(height=13, width=13, kind="BMP")


def input_files(*names, size=10):
    return [InputFile(name, place_of(name), size, 1) for name in names]


def folder_of_all_kinds(folder, count):
    """Write pages, copies, faxes, corrupt files, and one that decoders die of."""
    write_pages(folder, count, shares=Shares(corrupt=5, copies=5, fax=5))
    (folder / "fatal.bmp").write_bytes(fatal())
    return folder
