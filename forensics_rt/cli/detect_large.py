"""`forensics-rt detect-large`: one image of any size in, maps as tiled pyramids out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from forensics_rt.bundle.opening import Bundle
from forensics_rt.cli import options
from forensics_rt.cli.options import MACHINE, OUTPUT, flag, option
from forensics_rt.cli.output import output_console, print_json
from forensics_rt.cli.recipe import choose_recipe
from forensics_rt.detector import Detector
from forensics_rt.io.frames import leaves_pictures_out
from forensics_rt.io.writers import check_writable
from forensics_rt.large import LargeDetection, detect_large
from forensics_rt.large.result import MapFormat
from forensics_rt.large.run import DEFAULT_MEMORY
from forensics_rt.system.memory import peak_bytes


def detect_large_image(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A JPEG, PNG, TIFF or BigTIFF.")],
    out: options.OutOption = Path("out"),
    memory: Annotated[
        str, option(MACHINE, "SIZE", "Memory that the process may use.")
    ] = DEFAULT_MEMORY,
    stem: Annotated[
        str | None, option(OUTPUT, "NAME", "Start of the file names; else the image's.")
    ] = None,
    map_format: Annotated[MapFormat, option(OUTPUT, "NAME", "Maps in uint8 or float32.")] = "uint8",
    recipe: options.RecipeOption = "balanced",
    overlap: options.OverlapOption = None,
    tiles: options.TilesOption = None,
    tta: options.TTAOption = None,
    backend: options.BackendOption = "auto",
    bundle: options.BundleOption = None,
    device: options.DeviceOption = None,
    threshold: options.ThresholdOption = None,
    high_threshold: options.HighThresholdOption = None,
    high_area: options.HighAreaOption = None,
    calibration: options.CalibrationOption = None,
    operating_point: options.OperatingPointOption = None,
    prevalence: options.PrevalenceOption = None,
    threads: options.ThreadsOption = None,
    precision: options.PrecisionOption = "auto",
    damaged: options.DamagedOption = "refuse",
    as_json: Annotated[bool, flag(OUTPUT, "Print JSON, not a summary.", "--json")] = False,
) -> None:
    """Find the forged pixels of an image larger than memory."""
    check_writable(out)
    opened = Bundle.open(bundle, hashes=False)
    with Detector(
        opened,
        backend,
        choose_recipe(recipe, opened, overlap, tiles, tta),
        device,
        threshold=threshold,
        high_threshold=high_threshold,
        high_area=high_area,
        calibration=calibration,
        operating_point=operating_point,
        prevalence=prevalence,
        threads=threads,
        precision=precision,
        damaged=damaged,
    ) as detector:
        stderr = Console(stderr=True)
        with Progress(console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
            # How many rows there are is known only once the file is open.
            task = progress.add_task("Rows", total=None)
            found = detect_large(
                detector,
                file,
                out,
                memory=memory,
                map_format=map_format,
                stem=stem,
                on_rows=lambda done: progress.update(task, completed=done),
            )
    if as_json:
        print_json(found.to_dict())
        return
    console = output_console()
    for line in _summary(found, detector):
        console.print(Text(line))


def _summary(found: LargeDetection, detector: Detector) -> list[str]:
    megapixels = found.height * found.width / 1e6
    seconds = sum(found.seconds.values())
    uses = detector.capabilities
    verdict = f", {found.verdict}" if found.calibrated else " (raw score, not a probability)"
    frames = found.provenance.frames
    more = leaves_pictures_out(frames, found.provenance.image_format)
    first = [f"it holds {frames} frames, and only the first was examined"] if more else []
    largest = "{},{} {}×{}".format(*found.regions[0].box) if found.regions else "none"
    return [
        f"{found.name}: {found.width}×{found.height}, {megapixels:.1f} Mpx, {seconds:.1f} s",
        f"score {found.score:.3f}{verdict}; {found.forged_share:.2%} of it forged, "
        f"{len(found.regions)} regions, the largest {largest}",
        *first,
        f"{uses.name} on {uses.device} ({uses.precision}), recipe {detector.recipe.name}, "
        f"threshold {detector.conclusions.decision}",
        f"memory: {found.memory.total / 1e9:.2f} GB predicted, "
        f"{peak_bytes() / 1e9:.2f} GB measured",
        f"map {found.probability}, mask {found.mask}, JSON {found.document}",
    ]
