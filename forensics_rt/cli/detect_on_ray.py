"""`forensics-rt detect --ray`: the same command on a cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from forensics_rt.bundle.opening import Bundle
from forensics_rt.cli.exit_codes import INTERRUPTED, SOME_FAILED
from forensics_rt.cli.output import output_console, print_json
from forensics_rt.cli.progress import ShownProgress
from forensics_rt.cli.ray_options import refuse_with_ray
from forensics_rt.cli.recipe import choose_recipe
from forensics_rt.distributed import Progress, RunSummary, detect_dataset
from forensics_rt.io.sources import counts_in_words

_OF_DETECTOR = (
    *("backend", "device", "threshold", "high_threshold", "high_area", "calibration"),
    *("operating_point", "prevalence", "precision", "damaged", "max_pixels", "password"),
)


def detect_on_ray(given: Mapping[str, Any]) -> int:
    """Run it, and print what came of it.

    Args:
        given: All options of `detect`, by the names of its parameters.

    Returns:
        The exit code.

    Raises:
        typer.BadParameter: If an option cannot be used on a cluster.
        ForensicsError: As `detect_dataset`.
    """
    refuse_with_ray(given)
    bundle = Bundle.open(given["bundle"], hashes=False)
    recipe = choose_recipe(
        *(given["recipe"], bundle, given["overlap"], given["tiles"], given["tta"])
    )
    # A folder is that of the workers, too; a name is what their package has.
    named = given["bundle"] if bundle.path.name == given["bundle"] else bundle.path.absolute()
    detector = {name: given[name] for name in _OF_DETECTOR} | {"recipe": recipe}
    if detector["calibration"] is not None:
        detector["calibration"] = Path(detector["calibration"]).absolute()
    shown = _Shown()
    try:
        summary = detect_dataset(
            given["paths"],
            given["out"],
            address=given["ray"],
            detector=detector | {"bundle": None if given["bundle"] is None else named},
            threads=given["threads"],
            workers=given["workers"],
            maps=given["maps"],
            resume=given["resume"],
            on_progress=shown.update,
        )
    except KeyboardInterrupt:
        said = "interrupted; the same command with --resume continues"
        Console(stderr=True, soft_wrap=True).print(Text(said, style="bold red"))
        return INTERRUPTED
    finally:
        shown.close()
    if given["as_json"]:
        print_json(summary.to_dict())
    else:
        for line in _lines(summary, given["maps"]):
            output_console().print(line)
    return SOME_FAILED if summary.failed or summary.failed_before else 0


class _Shown:
    """The bar of the other runs, from the first file on."""

    def __init__(self) -> None:
        self._bar: ShownProgress | None = None
        self._finished = 0

    def update(self, progress: Progress) -> None:
        if self._bar is None:
            self._bar = ShownProgress(progress.files)
            self._bar.start()
            for _ in range(progress.skipped):
                self._bar.count(skipped=True)
            self._finished = progress.skipped
        for _ in range(progress.finished - self._finished):
            self._bar.count(skipped=False)
        self._finished = progress.finished

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


def _lines(summary: RunSummary, maps: str) -> list[str]:
    computed = summary.done + summary.failed
    rate = computed / summary.seconds if summary.seconds else 0.0
    copies = f"; {summary.copies} are copies of another" if summary.copies else ""
    before = f" ({summary.failed_before} of them failed)" if summary.failed_before else ""
    passed = summary.passed_over
    return [
        f"{summary.files} files: {summary.done} done, {summary.failed} failed, "
        f"{summary.skipped} of an earlier run{before}{copies}",
        f"{summary.pages} pages, {summary.failed_pages} of them without a result; column error "
        "says why",
        *([f"passed over, not examined: {counts_in_words(Counter(passed))}"] if passed else []),
        f"{summary.workers} workers, {summary.worker_deaths} died; {summary.seconds:.1f} s: "
        f"{rate:.2f} files/s",
        f"rows{'' if maps == 'none' else ' and maps'} are in {summary.out}",
    ]
