"""Small files for the tests of runs on Ray."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

from benchmarks.ray.pages import Shares, write_pages
from forensics_rt.distributed.inputs import InputFile, list_inputs
from forensics_rt.distributed.rows import of_file, row_schema
from forensics_rt.distributed.stores import place_of
from forensics_rt.distributed.worker import Worker, WorkerSetup, fatal_row, settings_id

DETECTOR = {"bundle": "fast", "precision": "float32"}
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


def rows_without_ray(pages, out):
    """Return the rows that one worker gives without Ray; what decoders die of it is not given."""
    files = list_inputs([pages], place_of(out)).files
    here = (place_of(out).filesystem,)
    worker = Worker(WorkerSetup(DETECTOR, 1, here, place_of(out), "none"))
    settings = settings_id(worker.start())
    readable = [file for file in files if not file.name.endswith("fatal.bmp")]
    answers = worker.read(1, [(0, file.place.path, file.name) for file in files])
    contents = dict(zip((file.name for file in files), (one for one, _ in answers), strict=True))
    places = [files.index(file) for file in readable]
    computed = dict(zip(places, worker.compute(1, places, checked=False), strict=True))
    fatal = [fatal_row(settings, "died of SIGKILL")]
    rows = [
        of_file(row, file, contents[file.name])
        for place, file in enumerate(files)
        for row in computed.get(place, fatal)
    ]
    return without_the_runs_own(pa.Table.from_pylist(rows, row_schema()))


def without_the_runs_own(table):
    """Leave out where maps are, which this worker writes none of, and the seconds."""
    return table.drop_columns(["map", "mask", "seconds"])
