"""`forensics-rt calibrate`: thresholds and probabilities from a user's own labeled images."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from forensics_rt.bundle.copying import copy_with_calibration, refuse_taken
from forensics_rt.bundle.opening import Bundle
from forensics_rt.calibrate import calibrate as calibrate_detector
from forensics_rt.calibrate import from_pairs
from forensics_rt.calibration.file import write_calibration
from forensics_rt.calibration.report import report_lines
from forensics_rt.cli import options
from forensics_rt.cli.options import DECISION, INPUT, OUTPUT, flag, option
from forensics_rt.cli.recipe import choose_recipe
from forensics_rt.detector import Detector
from forensics_rt.io.pairs import LabeledImage, find_pairs, read_pairs
from forensics_rt.io.writers import check_writable_file


def calibrate(
    images: Annotated[
        Path | None,
        option(INPUT, "DIR", "Labeled images; about ten are enough.", "--calibration-images"),
    ] = None,
    masks: Annotated[Path | None, option(INPUT, "DIR", "Their masks, white where forged.")] = None,
    authentic: Annotated[Path | None, option(INPUT, "DIR", "Authentic images.")] = None,
    listed: Annotated[
        Path | None, option(INPUT, "FILE", "CSV or JSON list in place of the folders.", "--list")
    ] = None,
    out: Annotated[
        Path | None, option(OUTPUT, "FILE", "File for the calibration.", "--out", "-o")
    ] = None,
    into: Annotated[
        Path | None, option(OUTPUT, "DIR", "Folder for a calibrated copy of the bundle.")
    ] = None,
    description: Annotated[
        str, option(OUTPUT, "TEXT", "Describes the images in the calibration.", show_default=False)
    ] = "labeled images of a user",
    alarmed: Annotated[
        float | None, option(DECISION, "P", "Largest share of authentic images with an alarm.")
    ] = None,
    by_medium: Annotated[
        bool, flag(DECISION, "Calibrate scans, photos, screens separately.", "--by-medium")
    ] = False,
    recipe: options.RecipeOption = "balanced",
    overlap: options.OverlapOption = None,
    tiles: options.TilesOption = None,
    tta: options.TTAOption = None,
    backend: options.BackendOption = "auto",
    bundle: options.BundleOption = None,
    device: options.DeviceOption = None,
    precision: options.PrecisionOption = "auto",
) -> None:
    """Fit thresholds and probabilities on your own pages.

    Use the recipe with which `detect` will run.
    """
    if out is None and into is None:
        raise typer.BadParameter("give --out for a file, --into for a bundle, or both")
    pairs = _pairs(images, masks, authentic, listed)
    if out is not None:
        check_writable_file(out)
    if into is not None:
        refuse_taken(into)
    opened = Bundle.open(bundle)
    chosen = choose_recipe(recipe, opened, overlap, tiles, tta)
    with Detector(opened, backend, chosen, device, precision=precision) as detector:
        images_shown = from_pairs(_shown(pairs))
        found = calibrate_detector(detector, images_shown, description, alarmed, by_medium)
        # Files first: standard output may fail.
        lines = report_lines(found)
        if out is not None:
            write_calibration(out, found)
            lines.append(f"calibration written to {out}")
        if into is not None:
            copied = copy_with_calibration(detector.bundle, found, into)
            lines.append(f"calibrated bundle written to {into}, id {copied.id}")
    for line in lines:
        typer.echo(line)


def _pairs(
    images: Path | None, masks: Path | None, authentic: Path | None, listed: Path | None
) -> list[LabeledImage]:
    if (images is None) != (masks is None):
        raise typer.BadParameter(
            "--calibration-images and --masks belong together; folders without masks go to "
            "--authentic"
        )
    pairs = [] if images is None else find_pairs(images, masks)
    if listed is not None:
        pairs += read_pairs(listed)
    if not pairs:
        raise typer.BadParameter("give --calibration-images and --masks, or --list")
    return pairs + ([] if authentic is None else find_pairs(authentic, None))


def _shown(pairs: list[LabeledImage]) -> Iterable[LabeledImage]:
    console = Console(stderr=True)
    quiet = not console.is_terminal
    return track(pairs, "Calibrating", console=console, transient=True, disable=quiet)
