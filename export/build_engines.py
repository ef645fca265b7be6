"""`python -m export.build_engines`: checkpoints in, a bundle out.

Exit codes: 0 the bundle is there; 1 it could not be built, and nothing was left behind; 2 the
command line was wrong.

Example:
    python -m export.build_engines --checkpoint fold1.pth --checkpoint fold2.pth \
        --tiles 384 512 768 1024 --batch 1 4 16 --out bundle
    python -m export.build_engines --bundle bundle --engine tensorrt --out bundle-for-this-gpu
    python -m export.build_engines --bundle bundle --precision fp16 --out bundle-in-float16
    python -m export.build_engines --bundle bundle --precision int8 \
        --calibration-images scans --out other
    python -m export.build_engines --checkpoint fold1.pth --cpu-formats auto \
        --calibration-images scans --out bundle
    python -m export.build_engines --onnx unet.onnx --contract contract.toml --out bundle
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from rich.console import Console

from export.command_line.contract_options import contracts_of, graphs_of
from export.command_line.engine_options import engine_request
from export.command_line.options import INT8, LIMITS, parse
from export.errors import ExportError
from export.number_formats.formats import INT8_LIMITS
from export.request import DEFAULT_BATCH, DEFAULT_TILES, BuildRequest
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import BatchProfile
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import ForensicsError

if TYPE_CHECKING:
    from export.tensorrt.build import EngineWatch

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
        sys.stdout.write(f"built: {path}\n")
    return 0


def _run(values: argparse.Namespace, console: Console) -> list[Path]:
    # Before the imports, which take seconds.
    given = (*(values.checkpoint or ()), *(values.int8_checkpoint or ()))
    for path in (*given, *filter(None, [values.cascade])):
        if not path.is_file():
            raise ExportError(f"{path}: no such file; give the path of a checkpoint")
    try:
        from export.build import build_bundle
        from export.command_line.terminal import TerminalWatch
    except ModuleNotFoundError as error:
        raise ExportError(
            f"building needs {error.name}, which is not installed; "
            "run `pip install 'forensics_rt[export]'`"
        ) from error
    if values.bundle is None:
        request = _request(values)
        with TerminalWatch(console) as watch:
            return [build_bundle(request, watch)]
    bundle = Bundle.open(values.bundle)
    if bundle.encrypted:
        raise ExportError(
            f"{bundle.path}: is encrypted, and what is built from it would lie on the disk as it "
            "is; build from the bundle that was encrypted, and encrypt the result"
        )
    limits = _limits(values, bundle.manifest.limits)
    with TerminalWatch(console) as watch:
        return _from_bundle(bundle, values, limits, watch)


def _from_bundle(
    bundle: Bundle, values: argparse.Namespace, limits: Limits, watch: EngineWatch
) -> list[Path]:
    from export.from_bundle import engines_for_bundle, rebuilt_engines

    if values.rebuild_on_mismatch:
        return rebuilt_engines(bundle, watch, values.calibration_images, limits)
    engines = engine_request(values)
    if engines is None:
        return [_cast(bundle, values, limits, watch)]
    folder = engines_for_bundle(
        bundle,
        values.out,
        engines,
        watch,
        force=values.force,
        batch=_batch(values),
        tiles=None if values.tiles is None else tuple(values.tiles),
        limits=limits,
    )
    return [folder]


def _cast(bundle: Bundle, values: argparse.Namespace, limits: Limits, watch: EngineWatch) -> Path:
    from export.number_formats.half import bundle_in_half
    from export.number_formats.int8 import bundle_with_int8

    keep = tuple(values.keep_fp32)
    if values.precision == INT8:
        return bundle_with_int8(
            bundle,
            values.out,
            values.calibration_images,
            watch,
            force=values.force,
            keep_fp32=keep,
            limits=limits,
            aim=_limits(values, INT8_LIMITS),
            report=values.int8_report,
            checkpoints=values.int8_checkpoint or (),
        )
    return bundle_in_half(
        bundle, values.out, watch, force=values.force, keep_fp32=keep, limits=limits
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


def _forged(text: str | None) -> int | None:
    if text is not None and not text.isdecimal():
        raise ExportError(
            f"--forged takes the number of a class, counted from 0, with --checkpoint, got {text!r}"
        )
    return None if text is None else int(text)


def _limits(values: argparse.Namespace, usual: Limits) -> Limits:
    asked = {name: getattr(values, name) for name in LIMITS if getattr(values, name) is not None}
    try:
        return Limits(**usual.model_dump() | asked)
    except ValidationError as error:
        (name, *_), found = error.errors()[0]["loc"], error.errors()[0]["input"]
        raise ExportError(
            f"--{str(name).replace('_', '-')} must lie between 0 and 1, got {found}"
        ) from error


def _request(values: argparse.Namespace) -> BuildRequest:
    graphs = graphs_of(values)
    return BuildRequest(
        checkpoints=tuple(values.checkpoint or ()),
        out=values.out,
        tiles=tuple(values.tiles or DEFAULT_TILES),
        architecture=values.arch,
        precision=values.precision,
        batch=_batch(values) or DEFAULT_BATCH,
        name=values.name,
        version=values.bundle_version,
        license=values.license,
        model_card=values.model_card,
        threshold=values.threshold,
        member_weights=None if values.member_weights is None else tuple(values.member_weights),
        weights=values.weights,
        forged=None if graphs else _forged(values.forged),
        probes=values.probes,
        limits=_limits(values, Limits()),
        cascade=values.cascade,
        force=values.force,
        engines=engine_request(values),
        cpu_formats=values.cpu_formats,
        calibration_images=values.calibration_images,
        keep_fp32=tuple(values.keep_fp32),
        int8_limits=_limits(values, INT8_LIMITS),
        int8_report=values.int8_report,
        int8_checkpoints=tuple(values.int8_checkpoint or ()),
        graphs=graphs,
        contracts=contracts_of(values) if graphs else (),
        external_data=values.external_data,
    )


if __name__ == "__main__":
    sys.exit(main())
