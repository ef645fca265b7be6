"""`forensics-rt detect`: images in, maps, masks, overlays and a table out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from forensics_rt.cli.options import BundleOption, DeviceOption
from forensics_rt.cli.outcome import Outcome, finished_before, outcomes_table
from forensics_rt.detection import Detection
from forensics_rt.detector import Detector, Failure
from forensics_rt.errors import OutputError
from forensics_rt.io.decode import DEFAULT_MAX_PIXELS
from forensics_rt.io.sources import Source, find_sources
from forensics_rt.io.writers import check_writable


def detect(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, glob patterns, or - for standard input.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the results go.")] = Path("out"),
    recipe: Annotated[
        str, typer.Option(help="fast, balanced, max, tianchi-fft2 or one of the bundle's.")
    ] = "balanced",
    backend: Annotated[
        str, typer.Option(help="auto, openvino, onnxruntime, torch or numpy.")
    ] = "auto",
    bundle: BundleOption = None,
    device: DeviceOption = None,
    threshold: Annotated[
        float | None, typer.Option(help="Probability from which a pixel counts as forged.")
    ] = None,
    peak: Annotated[
        float | None, typer.Option(help="Probability that a region must reach to be reported.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="File that `forensics-rt calibrate --out` wrote.")
    ] = None,
    operating_point: Annotated[
        str | None,
        typer.Option(help="One of the calibration's, such as fpr-1%: when to call it forged."),
    ] = None,
    max_pixels: Annotated[
        int, typer.Option(help="Largest width × height accepted.")
    ] = DEFAULT_MAX_PIXELS,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document a line instead of a table.")
    ] = False,
    overlay: Annotated[bool, typer.Option(help="Write the picture for people.")] = True,
    resume: Annotated[
        bool, typer.Option("--resume", help="Skip images whose results are in --out already.")
    ] = False,
) -> None:
    """Find the forged pixels of images and write maps, masks, overlays and JSON."""
    sources = find_sources(paths, results=out)
    if not sources:
        raise typer.BadParameter(f"no images in {', '.join(paths)}", param_hint="PATHS")
    check_writable(out)
    outcomes = []
    with Detector(
        bundle,
        backend,
        recipe,
        device,
        threshold=threshold,
        peak=peak,
        calibration=calibration,
        operating_point=operating_point,
        max_pixels=max_pixels,
    ) as detector:
        for outcome in _with_progress(_run(detector, sources, out, overlay, resume), len(sources)):
            outcomes.append(outcome)
            if as_json:
                _print_json(outcome)
    if not as_json:
        Console().print(outcomes_table(outcomes, out, detector))
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


def _with_progress(outcomes: Iterator[Outcome], total: int) -> Iterable[Outcome]:
    console = Console(stderr=True)
    hidden = total == 1 or not console.is_terminal
    return track(
        outcomes, "Detecting", total=total, console=console, transient=True, disable=hidden
    )


def _run(
    detector: Detector, sources: list[Source], out: Path, overlay: bool, resume: bool
) -> Iterator[Outcome]:
    known = sources if resume else []
    done = {source.stem: finished_before(detector, source, out) for source in known}
    todo = (source.image for source in sources if done.get(source.stem) is None)
    results = detector.stream(todo, on_error="yield")
    for source in sources:
        document = done.get(source.stem)
        if document is not None:
            yield Outcome(str(document["name"]), document, skipped=True)
        else:
            yield _write(next(results), out, source.stem, overlay)


def _write(result: Detection | Failure, out: Path, stem: PurePath, overlay: bool) -> Outcome:
    if isinstance(result, Failure):
        return Outcome(result.name, error=str(result.error))
    try:
        result.save(out, stem, overlay)
    except OutputError as error:
        return Outcome(result.name, error=str(error))
    return Outcome(result.name, result.to_dict())


def _print_json(outcome: Outcome) -> None:
    failed = {"name": outcome.name, "error": outcome.error}
    typer.echo(json.dumps(outcome.document or failed, ensure_ascii=False))
