"""`forensics-rt bench`: how fast a bundle runs here, and how far its maps differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from forensics_rt.backends.adapters import ADAPTERS
from forensics_rt.backends.number_formats import PRECISIONS, PrecisionName
from forensics_rt.bench.compare import compare as compare_reports
from forensics_rt.bench.compare import require_same_images
from forensics_rt.bench.gpu import gpu_state
from forensics_rt.bench.measure import MINIMUM_RUNS, BenchJob, Measured, measure
from forensics_rt.bench.pages import made_up_pages, read_pages
from forensics_rt.bench.parity import choose_reference
from forensics_rt.bench.plot import check_outputs, plot
from forensics_rt.bench.report import read_report, report_of
from forensics_rt.bench.setting import Setting, choose_backends
from forensics_rt.bench.sweep import AXES, sweep, usual_values
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cli import options
from forensics_rt.cli.bench_tables import show
from forensics_rt.cli.options import INPUT, MACHINE, NETWORKS, OUTPUT, flag, option
from forensics_rt.cli.output import output_console, print_json
from forensics_rt.cli.recipe import choose_recipe
from forensics_rt.io.writers import write_atomically
from forensics_rt.recipe import Recipe
from forensics_rt.results.policy import fit_recipe
from forensics_rt.system.machine import this_machine

EFFORT = "Measurement"
COMPARISON = "Comparison"


def bench(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Images; without any, synthetic pages."),
    ] = None,
    bundle: options.BundleOption = None,
    recipe: Annotated[str, option(NETWORKS, "LIST", "Names or TOML files.")] = "balanced",
    overlap: options.OverlapOption = None,
    tiles: options.TilesOption = None,
    tta: options.TTAOption = None,
    backends: Annotated[str, option(MACHINE, "LIST", "auto, all, or names.")] = "auto",
    device: options.DeviceOption = None,
    precision: Annotated[str, option(NETWORKS, "LIST", "auto, float32, or both.")] = "auto",
    runs: Annotated[
        int, option(EFFORT, "N", "Images to time one by one.", min=MINIMUM_RUNS)
    ] = MINIMUM_RUNS,
    warm_up: Annotated[int, option(EFFORT, "N", "Runs before, not counted.", min=0)] = 3,
    streams: Annotated[int, option(EFFORT, "N", "Streams of all images.", min=1)] = 3,
    pages: Annotated[int, option(INPUT, "N", "Synthetic pages to make.", min=1)] = 4,
    size: Annotated[int, option(INPUT, "N", "Their sides, in pixels.", min=8)] = 1200,
    axis: Annotated[
        str | None, option(EFFORT, "NAME", f"Vary {', '.join(AXES)}.", "--sweep")
    ] = None,
    values: Annotated[
        str | None, option(EFFORT, "LIST", "Values of --sweep, such as 1,2,4.")
    ] = None,
    reference: Annotated[
        str, option(COMPARISON, "NAME", "Backend to compare with, or none.")
    ] = "auto",
    compare: Annotated[Path | None, option(COMPARISON, "FILE", "JSON of an earlier run.")] = None,
    as_json: Annotated[bool, flag(OUTPUT, "Print JSON, not tables.", "--json")] = False,
    out: Annotated[Path | None, option(OUTPUT, "FILE", "File for the JSON.", "--out", "-o")] = None,
    picture: Annotated[Path | None, option(OUTPUT, "FILE", "PNG with a chart.", "--plot")] = None,
) -> None:
    """Measure speed, and how far the maps differ, on this machine.

    LIST is one or more names, separated by commas. The combinations take turns.
    """
    earlier = None if compare is None else read_report(compare)
    check_outputs(out, picture)
    opened = Bundle.open(bundle, hashes=False)
    names = dict.fromkeys(name.strip() for name in recipe.split(","))
    recipes = [choose_recipe(name, opened, overlap, tiles, tta) for name in names]
    for used in recipes:
        fit_recipe(used, opened.manifest)  # refuses here what each setting would refuse later
    bases = [
        Setting(name, device, used, precision=chosen)
        for name in choose_backends(backends, device, opened)
        for used in recipes
        for chosen in _precisions(precision, name)
    ]
    images = read_pages(paths) if paths else tuple(made_up_pages(pages, size))
    if not images:
        raise typer.BadParameter(f"no images in {', '.join(paths or ())}", param_hint="PATHS")
    if earlier is not None:  # before the work, not after it
        require_same_images([page.sha256 for page in images], earlier)
    job = BenchJob(
        bundle=opened,
        settings=_settings(bases, axis, values, opened),
        pages=images,
        runs=max(runs, len(images)),
        warm_up=warm_up,
        streams=streams,
        reference=_reference(reference, opened, recipes[0]),
    )
    gpu = gpu_state()
    machine = this_machine() if gpu is None else this_machine(gpu.name, gpu.driver)
    report = report_of(job, _measure(job), machine)
    if earlier is not None:
        report = report.model_copy(update={"comparison": compare_reports(report, earlier)})
    # Files first: standard output may fail.
    if out is not None:
        write_atomically(out, report.to_json().encode())
    if picture is not None and report.rows:
        plot(report, picture)
    if as_json:
        print_json(report.to_json())
    else:
        show(report, output_console())
    if report.not_run:
        raise typer.Exit(1)


def _settings(
    bases: list[Setting], axis: str | None, values: str | None, bundle: Bundle
) -> tuple[Setting, ...]:
    if axis is None:
        if values is not None:
            raise typer.BadParameter("belongs to --sweep", param_hint="--values")
        return tuple(bases)
    if axis not in AXES:
        raise typer.BadParameter(
            f"must be one of {', '.join(AXES)}, but is {axis!r}", param_hint="--sweep"
        )
    try:
        numbers = None if values is None else [int(value) for value in values.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"must be whole numbers separated by commas, but is {values!r}", param_hint="--values"
        ) from None
    numbers = list(usual_values(axis, bundle.manifest)) if numbers is None else numbers
    return tuple(setting for base in bases for setting in sweep(base, axis, numbers))


def _precisions(asked: str, backend: str) -> tuple[PrecisionName, ...]:
    words = [word.strip() for word in asked.split(",")]
    chosen = tuple(name for name in PRECISIONS if name in words)
    if set(words) != set(chosen):
        raise typer.BadParameter(
            f"must be {' or '.join(PRECISIONS)}, or both, but is {asked!r}",
            param_hint="--precision",
        )
    # A backend with one format is measured once.
    return chosen if "precision" in ADAPTERS[backend].tuning else chosen[:1]


def _reference(wanted: str, bundle: Bundle, recipe: Recipe) -> Setting | None:
    if wanted == "none":
        return None
    if wanted == "auto":
        return choose_reference(bundle, recipe)
    if wanted not in ADAPTERS:
        raise typer.BadParameter(
            f"no backend named {wanted!r}; there are: auto, none, {', '.join(ADAPTERS)}",
            param_hint="--reference",
        )
    can_choose = "precision" in ADAPTERS[wanted].tuning
    return Setting(wanted, None, recipe, precision="float32" if can_choose else "auto")


def _measure(job: BenchJob) -> Measured:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("Measuring")
        return measure(job, lambda done, total: shown.update(task, completed=done, total=total))
