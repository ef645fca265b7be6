"""`python -m export.build_engines`: checkpoints in, a bundle out.

Exit codes: 0 the bundle is there; 1 it could not be built, and nothing was left behind; 2 the
command line was wrong.

Example:
    python -m export.build_engines --checkpoint fold1.pth --checkpoint fold2.pth \
        --tiles 384 512 768 1024 --batch 1 4 16 --out bundle
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from export.request import DEFAULT_BATCH, DEFAULT_TILES, PRECISIONS, BuildRequest, Tolerance
from forensics_rt.errors import ExportError, ForensicsError
from forensics_rt.manifest import BatchProfile

FAILED = 1
# For logs, whose own width nobody knows.
LOG_WIDTH = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: Those after the name of the program; `None` for those of the process.
    """
    values = _parser().parse_args(arguments)
    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = LOG_WIDTH
    try:
        folder = _build(_request(values), console)
    except ForensicsError as error:
        _complain(console, str(error))
        return FAILED
    sys.stdout.write(f"{folder}\n")
    return 0


def _build(request: BuildRequest, console: Console) -> Path:
    try:
        from export.build import build_bundle
        from export.watch import TerminalWatch
    except ModuleNotFoundError as error:
        raise ExportError(
            f"building needs {error.name}, which is not installed; "
            "run `pip install 'forensics_rt[export]'`"
        ) from error
    with TerminalWatch(console, request.tolerance) as watch:
        return build_bundle(request, watch)


def _complain(console: Console, message: str) -> None:
    console.print("error:", style="bold red", end=" ")
    console.print(message, markup=False, highlight=False, soft_wrap=True)


def _request(values: argparse.Namespace) -> BuildRequest:
    least, best, most = values.batch
    try:
        batch = BatchProfile(min=least, opt=best, max=most)
    except ValidationError as error:
        raise ExportError(
            f"--batch takes three rising numbers from 1 on, got {least} {best} {most}"
        ) from error
    return BuildRequest(
        checkpoints=tuple(values.checkpoint),
        out=values.out,
        tiles=tuple(values.tiles),
        architecture=values.arch,
        precision=values.precision,
        batch=batch,
        name=values.name,
        licence=values.licence,
        model_card=values.model_card,
        threshold=values.threshold,
        weights=None if values.weights is None else tuple(values.weights),
        probes=values.probes,
        tolerance=Tolerance(values.max_difference, values.flipped_share, values.mean_difference),
        force=values.force,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export.build_engines",
        description="Build a bundle: trace each checkpoint to ONNX, hold the graphs to PyTorch's "
        "answers on CPU engines, and write them with goldens and a manifest.",
        epilog="Exit codes: 0 built; 1 not built, nothing left behind; 2 wrong command line.",
    )
    _add_network_options(parser)
    _add_bundle_options(parser)
    _add_gate_options(parser)
    return parser


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("networks").add_argument
    add(
        "--checkpoint",
        type=Path,
        action="append",
        required=True,
        metavar="FILE",
        help=".pth, .pt or .safetensors; repeat it, one member each",
    )
    add(
        "--arch",
        default=BuildRequest.architecture,
        metavar="NAME",
        help="auto, or what every checkpoint must be: seresnext50, seresnext101, senet154, "
        "forensic_unet, smp:<Decoder>/<encoder> (default: %(default)s)",
    )
    add(
        "--weights",
        type=float,
        nargs="+",
        metavar="W",
        help="weight of each member in the mean (default: equal)",
    )
    add(
        "--precision",
        choices=PRECISIONS,
        default=BuildRequest.precision,
        help="number format of the graphs' weights (default: %(default)s)",
    )


def _add_bundle_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("bundle").add_argument
    add("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    add("--force", action="store_true", help="replace the bundle that is there")
    add(
        "--tiles",
        type=int,
        nargs="+",
        default=DEFAULT_TILES,
        metavar="SIDE",
        help="sides of the square tiles in pixels, multiples of 32 (default: 384 512 768 1024)",
    )
    add(
        "--batch",
        type=int,
        nargs=3,
        default=(DEFAULT_BATCH.min, DEFAULT_BATCH.opt, DEFAULT_BATCH.max),
        metavar=("MIN", "OPT", "MAX"),
        help="batch sizes that engines are prepared for (default: 1 4 16)",
    )
    add(
        "--threshold",
        type=float,
        default=BuildRequest.threshold,
        metavar="P",
        help="probability from which a pixel counts as forged (default: %(default)s)",
    )
    add("--name", help="of the bundle (default: the name of the folder)")
    add(
        "--licence",
        default=BuildRequest.licence,
        help="of the weights, such as an SPDX identifier (default: %(default)s)",
    )
    add("--model-card", type=Path, metavar="FILE", help="Markdown that travels in the bundle")


def _add_gate_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("parity gate").add_argument
    add(
        "--probes",
        type=Path,
        metavar="DIR",
        help="images that join the synthetic probes, the middle of each as it is; none of them "
        "goes into the bundle",
    )
    add(
        "--max-difference",
        type=float,
        default=Tolerance.max_difference,
        metavar="P",
        help="largest |Δp| of any pixel in float32 (default: %(default)s)",
    )
    add(
        "--flipped-share",
        type=float,
        default=Tolerance.flipped_share,
        metavar="SHARE",
        help="share of decisions that may flip in bf16 or fp16 (default: %(default)s)",
    )
    add(
        "--mean-difference",
        type=float,
        default=Tolerance.mean_difference,
        metavar="P",
        help="largest mean |Δp| in bf16 or fp16 (default: %(default)s)",
    )


if __name__ == "__main__":
    sys.exit(main())
