"""The options of `python -m export.build_engines` that are about engines."""

from __future__ import annotations

import argparse
from pathlib import Path

from export.number_formats.formats import NUMBER_FORMATS
from export.tensorrt.request import (
    DEFAULT_TIMEOUT,
    KINDS,
    EngineRequest,
)


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Add the group of options to a parser."""
    add = parser.add_argument_group("engines").add_argument
    add("--engine", choices=KINDS, help="build engines of this kind (default: none)")
    add(
        "--engine-precision",
        choices=NUMBER_FORMATS,
        default=EngineRequest.precision,
        help="number format that engines compute in (default: %(default)s)",
    )
    add(
        "--keep-fp32",
        nargs="+",
        default=(),
        metavar="NODE",
        help="nodes that stay float32 besides pools over the tile, normalization and the last "
        "sigmoid: op:TYPE or name:GLOB; also with --precision and --cpu-formats",
    )
    add(
        "--compute-capability",
        type=lambda text: tuple(part for part in text.split(",") if part),
        default=(),
        metavar="SM,…",
        help="GPUs that a tensorrt-rtx engine is for, such as sm_80,sm_86,sm_89,sm_120; they need "
        "not be here (default: the one that is here)",
    )
    add(
        "--calibration-images",
        type=Path,
        metavar="DIR",
        help="images like those in use, for the ranges of int8",
    )
    # Until 0.3: what it was called in 0.1.
    add("--calibration", dest="calibration_images", type=Path, help=argparse.SUPPRESS)
    add("--workspace", type=int, metavar="MIB", help="limit of scratch memory")
    add("--optimization-level", type=int, metavar="0..5", help="time spent on finding kernels")
    add("--hardware-compatible", action="store_true", help="run on every GPU from Ampere on")
    add("--version-compatible", action="store_true", help="run with later TensorRT of this major")
    add(
        "--engine-timeout",
        type=float,
        default=DEFAULT_TIMEOUT,
        metavar="S",
        help="end the build of one engine after so many seconds (default: %(default)g)",
    )
    add("--engine-report", type=Path, metavar="FILE", help="write the build report as JSON")
    add(
        "--rebuild-on-mismatch",
        action="store_true",
        help="with --bundle: build those engines that do not fit this machine into the user's "
        "cache, and leave the bundle as it is",
    )


def engine_request(values: argparse.Namespace) -> EngineRequest | None:
    """Return what the options ask for; `None` without `--engine`.

    Raises:
        ExportError: If a value cannot be.
    """
    if values.engine is None:
        return None
    return EngineRequest(
        kind=values.engine,
        precision=values.engine_precision,
        keep_fp32=tuple(values.keep_fp32),
        compute_capabilities=values.compute_capability,
        calibration=values.calibration_images,
        workspace_mib=values.workspace,
        optimization_level=values.optimization_level,
        hardware_compatible=values.hardware_compatible,
        version_compatible=values.version_compatible,
        timeout=values.engine_timeout,
        report=values.engine_report,
    )


def engine_options_given(values: argparse.Namespace) -> list[str]:
    """Return the names of the options that mean nothing without `--engine`, and were given."""
    parser = argparse.ArgumentParser(add_help=False)
    add_engine_options(parser)
    usual = vars(parser.parse_args([]))
    names = set(usual) - {"engine", "rebuild_on_mismatch"}
    return sorted(
        f"--{name.replace('_', '-')}" for name in names if getattr(values, name) != usual[name]
    )
