"""`forensics-rt detect`: images in, maps, masks, overlays and a table out."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from forensics_rt.cli import options
from forensics_rt.cli.isolated import open_decoders
from forensics_rt.cli.options import DECISION, INPUT, MACHINE, OUTPUT, RAY, flag, option
from forensics_rt.cli.password import VARIABLE, find_password
from forensics_rt.cli.quick_start import quick_start
from forensics_rt.cli.ray_options import MapsChoice, refuse_without_ray
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS
from forensics_rt.io.names import printable
from forensics_rt.io.page_selection import PageSelection

_LARGEST = f"Largest image in pixels (default: {DEFAULT_MAX_PIXELS / 1e6:.0f} Mpx)."


def detect(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Files, folders, patterns, or -."),
    ],
    out: Annotated[
        str,
        option(
            OUTPUT, "DIR", "Folder or s3://… (default: out).", "--out", "-o", show_default=False
        ),
    ] = "out",
    recipe: options.RecipeOption = "balanced",
    overlap: options.OverlapOption = None,
    tiles: options.TilesOption = None,
    tta: options.TTAOption = None,
    backend: options.BackendOption = "auto",
    bundle: options.BundleOption = None,
    key: options.KeyOption = None,
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
    max_pixels: Annotated[
        int,
        option(INPUT, "N", _LARGEST, min=1, show_default=False),
    ] = DEFAULT_MAX_PIXELS,
    pages: Annotated[
        str | None, option(INPUT, "LIST", "Pages of PDF or TIFF: 1-3,7 or 5- or last.")
    ] = None,
    attachments: Annotated[
        bool, flag(INPUT, "Also examine files attached to PDFs.", "--attachments")
    ] = False,
    password: Annotated[
        str | None, option(INPUT, "TEXT", "Password of PDFs; other users can see it.")
    ] = None,
    password_file: Annotated[
        Path | None, option(INPUT, "FILE", f"Password file; or ${VARIABLE}.")
    ] = None,
    annotate_pdf: Annotated[
        bool, flag(OUTPUT, "Write annotated copies of PDFs.", "--annotate-pdf")
    ] = False,
    report: Annotated[
        list[Path] | None,
        option(OUTPUT, "FILE", "A report: case.pdf or case.html.", show_default=False),
    ] = None,
    report_date: Annotated[
        str | None, option(OUTPUT, "DATE", "Date of the report (default: now).")
    ] = None,
    as_json: Annotated[bool, flag(OUTPUT, "Print JSON lines, not a table.", "--json")] = False,
    overlay: Annotated[
        bool,
        flag(
            OUTPUT, "Outlined pictures (default: on).", "--overlay/--no-overlay", show_default=False
        ),
    ] = True,
    robust: Annotated[
        bool, flag(DECISION, "Also examine changed copies; 3 × the time.", "--robust")
    ] = False,
    isolate: Annotated[
        bool, flag(INPUT, "Decode in child processes, for safety.", "--isolate")
    ] = False,
    resume: Annotated[bool, flag(OUTPUT, "Skip images that have results.", "--resume")] = False,
    decoders: Annotated[
        int | None, option(MACHINE, "N", "Decoding threads (default: half of the CPUs).", min=1)
    ] = None,
    writers: Annotated[
        int | None, option(MACHINE, "N", "Writing threads (default: half of the CPUs).", min=1)
    ] = None,
    ray: Annotated[
        str | None, option(RAY, "ADDRESS", "Cluster: auto, HOST:PORT, or local.", "--ray")
    ] = None,
    workers: Annotated[
        int | None, option(RAY, "N", "Workers (default: as many as have room).", min=1)
    ] = None,
    maps: Annotated[
        MapsChoice,
        option(RAY, "NAME", "all maps (default), forged, or none.", show_default=False),
    ] = "all",
    verbose: Annotated[bool, flag(OUTPUT, "Name earlier results it removes.", "--verbose")] = False,
) -> None:
    """Find the forged pixels of images; write maps, masks and JSON.

    PATH is a file, a folder, a pattern such as letters/*.pdf, or - for standard input.

    Run the same command with --resume to continue a run that was interrupted.

    The exit code is 0 if every image has a result. `forensics-rt --help` lists the other codes.
    """
    given = dict(locals())
    if verbose:
        _show_more()
    opens = find_password(password, password_file)
    selection = None if pages is None else PageSelection.parse(pages)
    if ray is not None:
        from forensics_rt.cli.detect_on_ray import detect_on_ray

        raise typer.Exit(detect_on_ray({**given, "password": opens}))
    refuse_without_ray(out, workers, maps)
    folder = Path(out)
    # Imported as it is needed: what does not wait for the engine follows while it compiles.
    with quick_start(backend not in ("auto", "openvino")), ExitStack() as if_refused:
        from forensics_rt.bundle.opening import Bundle
        from forensics_rt.cli.engine_ahead import EngineAhead
        from forensics_rt.cli.recipe import choose_recipe

        opened = Bundle.open(bundle, hashes=False, trust=options.trust_of(key))
        chosen = choose_recipe(recipe, opened, overlap, tiles, tta)
        engine = EngineAhead(opened, chosen, backend, device, threads, precision)
        if_refused.enter_context(engine)

        from forensics_rt.io.documents import Wanted, expand_documents
        from forensics_rt.io.sources import find_sources
        from forensics_rt.io.writers import check_writable

        passed_over: Counter[str] = Counter()
        found = find_sources(paths, folder, passed_over)
        pool = if_refused.enter_context(open_decoders(decoders)) if isolate else None
        wanted = Wanted(selection, attachments, opens, max_pixels)
        documents = expand_documents(found, wanted, pool)
        passed_over += documents.passed_over
        sources = documents.sources
        if not sources:
            named = ", ".join(map(printable, paths))
            raise typer.BadParameter(f"no images in {named}", param_hint="PATHS")
        check_writable(folder)
        engine.expect(
            sources[0].input, opens, len(sources) == 1, None if pool is None else pool.size
        )

        from forensics_rt.cli.output import output_console, print_json
        from forensics_rt.cli.run import DetectRun, HowToRun
        from forensics_rt.cli.run_table import run_table
        from forensics_rt.detector import Detector

        detector = Detector(
            opened,
            engine.backend,
            chosen,
            threshold=threshold,
            high_threshold=high_threshold,
            high_area=high_area,
            calibration=calibration,
            operating_point=operating_point,
            prevalence=prevalence,
            damaged=damaged,
            max_pixels=max_pixels,
            password=opens,
            isolate=pool or False,
            robust=robust,
        )
        if_refused.pop_all()
    with ExitStack() as opened_for_run:
        opened_for_run.enter_context(detector)
        reporting = None
        if report:
            from forensics_rt.cli.run_report import RunReport

            reporting = RunReport(report, sources, folder, detector, report_date)
            opened_for_run.enter_context(reporting)
        run = DetectRun(detector, sources, folder, passed_over, documents)
        how = HowToRun(overlay, resume, decoders, writers, annotate_pdf, reporting, robust)
        if as_json:
            run.go(how, lambda one: print_json(one.document or one.to_line()))
        else:
            run.go(how)
            table = run_table(run.tally, len(sources), run.wall, folder, detector, overlay)
            output_console().print(table)
            if reporting is not None and not reporting.errors:
                output_console().print(f"report: {', '.join(map(printable, report or ()))}")
    raise typer.Exit(run.exit_code())


def _show_more() -> None:
    # What prints warnings where nobody has configured logging.
    if logging.lastResort is not None:
        logging.lastResort.setLevel(logging.INFO)
    logging.getLogger("forensics_rt").setLevel(logging.INFO)
