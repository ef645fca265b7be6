"""Calibrate a bundle on held-out synthetic pages."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt import Detector
from forensics_rt.backends.number_formats import PRECISIONS
from forensics_rt.bundle.copying import copy_with_calibration, refuse_taken
from forensics_rt.calibrate import LabeledInput, calibrate
from forensics_rt.calibration.file import write_calibration
from forensics_rt.calibration.origin import OriginRecord
from forensics_rt.calibration.record import CalibrationRecord
from forensics_rt.calibration.report import report_lines
from forensics_rt.inference.ordered import Bounds, in_order
from forensics_rt.io.writers import check_writable_file
from train.config import SynthConfig, read_config
from train.data_hashes import data_records
from train.metrics import without_kinds
from train.origin import config_values, made_by
from train.run_origin import source_places
from train.synth.finished import FinishedPage, finished_page
from train.synth.page import PageConfig
from train.synth.sources import Sources, open_sources

_log = logging.getLogger(__name__)

# Fewer say too little of false alarms.
LEAST_AUTHENTIC = 0.25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--bundle", help="folder, or default or fast, in the package")
    parser.add_argument("--config", type=Path, required=True, help="TOML with [sources], [page]")
    parser.add_argument("--count", type=int, default=1000, help="pages")
    parser.add_argument("--seed", type=int, default=70_000)
    parser.add_argument("--authentic", type=float, help="share of authentic pages, 0.25 or more")
    parser.add_argument("--recipe", default="balanced")
    parser.add_argument("--backend", default="auto")
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="auto", help="number format of the arithmetic"
    )
    parser.add_argument("--alarmed", type=float, help="most authentic pages alarmed, as a share")
    parser.add_argument(
        "--by-medium", action="store_true", help="calibrate the scores of each medium by themselves"
    )
    parser.add_argument(
        "--workers", type=int, default=1, help="processes that make pages; 0: this one"
    )
    parser.add_argument("--into", type=Path, help="folder for a calibrated copy of the bundle")
    parser.add_argument("--out", type=Path, help="calibration file")


def run(options: argparse.Namespace) -> int:
    """Make pages, fit, print a table, write the file or the bundle."""
    if options.into is None and options.out is None:
        raise ValueError("one of --into and --out must be given, but neither is")
    config = read_config(options.config, SynthConfig)
    page = with_authentic(config.page, options.authentic)
    sources = open_sources(config.sources, held_out=True)
    pages = make_pages(options.count, options.seed, sources, page, options.workers)
    description = (
        f"{options.count} synthetic pages of held-out scans and typefaces, seed {options.seed}, "
        f"{page.authentic_share:.0%} authentic"
    )
    if options.out is not None:
        check_writable_file(options.out)
    if options.into is not None:
        refuse_taken(options.into)
    origin = origin_of(config, page, options)
    with Detector(
        options.bundle,
        options.backend,
        options.recipe,
        precision=options.precision,
    ) as detector:
        record = calibrate(detector, pages, description, options.alarmed, options.by_medium)
        record = with_origin(record, origin)
        sys.stdout.write("\n".join(report_lines(record)) + "\n")
        if options.out is not None:
            write_calibration(options.out, record)
        if options.into is not None:
            copy_with_calibration(detector.bundle, record, options.into)
    return 0


def origin_of(config: SynthConfig, page: PageConfig, options: argparse.Namespace) -> OriginRecord:
    """Say what the pages are made from, and how."""
    asked = ("count", "recipe", "precision", "alarmed", "by_medium")
    return made_by(
        "calibrate",
        config=config_values(replace(config, page=page)),
        options={name: getattr(options, name) for name in asked},
        seed=options.seed,
        data=data_records(source_places(config.sources)),
    )


def with_origin(record: CalibrationRecord, origin: OriginRecord) -> CalibrationRecord:
    """Return the record with the origin of the images that it was fitted on."""
    fitted_on = record.fitted_on.model_copy(update={"origin": origin})
    told: CalibrationRecord = record.model_copy(update={"fitted_on": fitted_on})
    return told


def with_authentic(config: PageConfig, share: float | None) -> PageConfig:
    """Return the config with enough authentic pages.

    Args:
        config: What pages are like.
        share: Share of authentic pages; `None` for the config's own, or a quarter if that is less.

    Raises:
        ValueError: If the share is less than a quarter, or not less than 1.
    """
    if share is None:
        share = max(config.authentic_share, LEAST_AUTHENTIC)
    if not LEAST_AUTHENTIC <= share < 1.0:
        raise ValueError(
            f"--authentic must be {LEAST_AUTHENTIC} or more and below 1, but is {share}"
        )
    return replace(config, authentic_share=share)


def make_pages(
    count: int, seed: int, sources: Sources, config: PageConfig, workers: int
) -> Iterator[LabeledInput]:
    """Yield fresh pages in order; the same seed gives the same pages, whatever makes them.

    Args:
        count: How many.
        seed: Of the collection.
        sources: Held-out typefaces and scans.
        config: What pages are like.
        workers: Processes that make a few pages ahead; 0 for this one.
    """
    make = partial(_page, seed, sources, config)
    pages = map(make, range(count)) if workers == 0 else _made_ahead(make, count, workers)
    for index, page in enumerate(pages):
        # Pages made on one scan are no independent witnesses.
        group = page.origin if page.real else f"page {index}"
        yield LabeledInput(page.image, partial(_mask, page.mask), group)
        if (index + 1) % 100 == 0:
            _log.info("%d of %d pages", index + 1, count)


def _made_ahead(
    make: Callable[[int], FinishedPage], count: int, workers: int
) -> Iterator[FinishedPage]:
    # Processes are started anew: a fork of the engine's threads may hang.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as executor:
        yield from in_order(
            range(count), lambda index: executor.submit(make, index), Bounds(4 * workers)
        )


def _page(seed: int, sources: Sources, config: PageConfig, index: int) -> FinishedPage:
    cv2.setNumThreads(1)
    return finished_page(seed, index, sources, config)


def _mask(kinds: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    if kinds.shape != (height, width):
        raise ValueError(f"mask must be {width}×{height}, but are {kinds.shape[::-1]}")
    return without_kinds(kinds)
