"""`python -m export.build_engines`: checkpoints in, a bundle out.

Exit codes: 0 the bundle is there; 1 it could not be built, and nothing was left behind; 2 the
command line was wrong.

Example:
    python -m export.build_engines --checkpoint fold1.pth --checkpoint fold2.pth \
        --tiles 384 512 768 1024 --batch 1 4 16 --out bundle
    python -m export.build_engines --bundle bundle --engine tensorrt --out bundle-for-this-gpu
    python -m export.build_engines --bundle bundle --precision fp16 --out bundle-in-float16
    python -m export.build_engines --bundle bundle --precision int8 --calibration scans --out other
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from rich.console import Console

from export.engine_options import engine_request
from export.options import INT8, parse
from export.request import DEFAULT_BATCH, DEFAULT_TILES, BuildRequest, Tolerance
from forensics_rt.bundle.manifest import BatchProfile
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import ExportError, ForensicsError

if TYPE_CHECKING:
    from export.watch import Watch

FAILED = 1
# For logs, whose own width nobody knows.
LOG_WIDTH = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: Those after the name of the program; `None` for those of the process.
    """
    values = parse(arguments)
    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = LOG_WIDTH
    try:
        made = _run(values, console)
    except ForensicsError as error:
        _complain(console, str(error))
        return FAILED
    for path in made:
        sys.stdout.write(f"{path}\n")
    return 0


def _run(values: argparse.Namespace, console: Console) -> list[Path]:
    try:
        from export.build import build_bundle
        from export.from_bundle import engines_for_bundle, rebuilt_engines
        from export.watch import TerminalWatch
    except ModuleNotFoundError as error:
        raise ExportError(
            f"building needs {error.name}, which is not installed; "
            "run `pip install 'forensics_rt[export]'`"
        ) from error
    tolerance = _tolerance(values)
    request = None if values.bundle is not None else _request(values)
    engines, batch = engine_request(values), _batch(values)
    with TerminalWatch(console, tolerance) as watch:
        if request is not None:
            return [build_bundle(request, watch)]
        if values.rebuild_on_mismatch:
            return rebuilt_engines(values.bundle, watch, values.calibration, tolerance)
        if engines is None:
            return [_cast(values, watch, tolerance)]
        folder = engines_for_bundle(
            values.bundle,
            values.out,
            engines,
            watch,
            force=values.force,
            batch=batch,
            tiles=None if values.tiles is None else tuple(values.tiles),
            tolerance=tolerance,
        )
        return [folder]


def _cast(values: argparse.Namespace, watch: Watch, tolerance: Tolerance) -> Path:
    from export.half import bundle_in_half
    from export.int8 import bundle_with_int8

    bundle, keep = Bundle.open(values.bundle), tuple(values.keep_fp32)
    if values.precision == INT8:
        return bundle_with_int8(
            bundle,
            values.out,
            values.calibration,
            watch,
            force=values.force,
            keep_fp32=keep,
            tolerance=tolerance,
        )
    return bundle_in_half(
        bundle, values.out, watch, force=values.force, keep_fp32=keep, tolerance=tolerance
    )


def _complain(console: Console, message: str) -> None:
    console.print("error:", style="bold red", end=" ")
    console.print(message, markup=False, highlight=False, soft_wrap=True)


def _batch(values: argparse.Namespace) -> BatchProfile | None:
    if values.batch is None:
        return None
    least, best, most = values.batch
    try:
        return BatchProfile(min=least, opt=best, max=most)
    except ValidationError as error:
        raise ExportError(
            f"--batch takes three rising numbers from 1 on, got {least} {best} {most}"
        ) from error


def _tolerance(values: argparse.Namespace) -> Tolerance:
    return Tolerance(values.max_difference, values.flipped_share, values.mean_difference)


def _request(values: argparse.Namespace) -> BuildRequest:
    return BuildRequest(
        checkpoints=tuple(values.checkpoint),
        out=values.out,
        tiles=tuple(values.tiles or DEFAULT_TILES),
        architecture=values.arch,
        precision=values.precision,
        batch=_batch(values) or DEFAULT_BATCH,
        name=values.name,
        license=values.license,
        model_card=values.model_card,
        threshold=values.threshold,
        weights=None if values.weights is None else tuple(values.weights),
        probes=values.probes,
        tolerance=_tolerance(values),
        cascade=values.cascade,
        force=values.force,
        engines=engine_request(values),
    )


if __name__ == "__main__":
    sys.exit(main())
