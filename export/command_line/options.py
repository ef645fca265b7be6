"""The command line of `python -m export.build_engines`."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from export.command_line.contract_options import (
    add_contract_options,
    add_graph_sources,
    contract_options_given,
    graphs_of,
)
from export.command_line.engine_options import add_engine_options, engine_options_given
from export.number_formats.formats import CPU_FORMATS, GRAPH_FORMATS
from export.request import BuildRequest
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.opening import bundle_folder

INT8 = "int8"
_log = logging.getLogger(__name__)
# Options of the same names, and what they limit.
LIMITS = {
    "max_difference": "largest |Δp| of any pixel in float32",
    "flipped_share": "share of decisions that may flip in less than float32",
    "mean_difference": "largest mean |Δp| in less than float32",
    "iou_loss": "largest 1 − IoU of the masks in less than float32",
}
# Options that describe what is in a bundle already.
_OF_CHECKPOINTS = (
    "arch",
    "weights",
    "member_weights",
    "forged",
    "cascade",
    "threshold",
    "name",
    "bundle_version",
    "license",
    "model_card",
    "probes",
)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; a wrong one ends the process with code 2.

    Args:
        arguments: Those after the name of the program; `None` for those of the process.
    """
    parser = _parser()
    values = parser.parse_args(arguments)
    _take_numbers_for_member_weights(parser, values)
    _check_graphs(parser, values)
    _check_together(parser, values)
    return values


def _take_numbers_for_member_weights(
    parser: argparse.ArgumentParser, values: argparse.Namespace
) -> None:
    """Read `--weights 1 3`, which was the option for the members until 0.2."""
    words = values.weights
    if words in (["ema"], ["model"]):
        values.weights = words[0]
        return
    if isinstance(words, str):  # the default
        return
    values.weights = BuildRequest.weights
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        parser.error(f"--weights takes model or ema, got {' '.join(words)}")
    if values.member_weights is not None:
        parser.error("--weights takes model or ema; numbers stand behind --member-weights")
    values.member_weights = numbers
    _log.warning("--weights with numbers is --member-weights now, and works until 0.3")


def _check_graphs(parser: argparse.ArgumentParser, values: argparse.Namespace) -> None:
    """End with a usage error where options of checkpoints and of graphs are mixed."""
    given = contract_options_given(values)
    if not graphs_of(values):
        if given:
            parser.error(f"{given[0]} goes with --onnx, --torchscript or --exported-program")
        return
    strays = [name for name in ("arch", "weights") if _changed(parser, values, name)]
    strays += [name for name in ("cascade", "int8_checkpoint") if getattr(values, name)]
    if strays:
        parser.error(f"--{strays[0].replace('_', '-')} goes with --checkpoint, not with graphs")


def _check_together(parser: argparse.ArgumentParser, values: argparse.Namespace) -> None:
    """End with a usage error where options that were given do not go together."""
    cast = values.bundle is not None and _changed(parser, values, "precision")
    if values.bundle is not None:
        strays = [name for name in _OF_CHECKPOINTS if _changed(parser, values, name)]
        if strays:
            parser.error(f"--{strays[0].replace('_', '-')} goes with --checkpoint, not --bundle")
        if values.cpu_formats != BuildRequest.cpu_formats:
            parser.error("--cpu-formats goes with --checkpoint; give --bundle --precision int8")
        if [values.engine is not None, values.rebuild_on_mismatch, cast].count(True) != 1:
            parser.error(
                "--bundle takes one of --engine, --precision fp16, --precision int8 and "
                "--rebuild-on-mismatch"
            )
        if values.precision == INT8 and values.calibration_images is None:
            parser.error(
                "--precision int8 needs --calibration-images, a folder of images like those in use"
            )
    elif values.rebuild_on_mismatch:
        parser.error("--rebuild-on-mismatch goes with --bundle")
    elif values.precision == INT8:
        parser.error("--precision int8 goes with --bundle; give --checkpoint --cpu-formats auto")
    elif values.cpu_formats == "auto" and values.calibration_images is None:
        parser.error(
            "--cpu-formats auto needs --calibration-images, a folder of images like those in use"
        )
    if values.rebuild_on_mismatch:
        strays = [name for name in ("out", "tiles", "batch", "force") if getattr(values, name)]
        if strays:
            parser.error(
                "--rebuild-on-mismatch repeats what the bundle's records say, into the cache; it "
                f"takes no --{strays[0]}"
            )
    elif values.out is None:
        parser.error("the following arguments are required: --out")
    if cast and (strays := [name for name in ("tiles", "batch") if getattr(values, name)]):
        parser.error(f"--{strays[0]} goes with --engine")
    given = set(engine_options_given(values))
    int8 = values.precision == INT8 or values.cpu_formats == "auto"
    if values.rebuild_on_mismatch or int8:
        given.discard("--calibration-images")
    if cast or int8:
        given.discard("--keep-fp32")
    if values.int8_report is not None and not int8:
        parser.error("--int8-report goes with --cpu-formats auto or --precision int8")
    if values.int8_checkpoint is not None and not int8:
        parser.error("--int8-checkpoint goes with --cpu-formats auto or --precision int8")
    if values.engine is None and given:
        parser.error(f"{min(given)} goes with --engine")


def _changed(parser: argparse.ArgumentParser, values: argparse.Namespace, name: str) -> bool:
    return bool(getattr(values, name) != parser.get_default(name))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export.build_engines",
        description="Build a bundle: trace each checkpoint to ONNX, compare the graphs with "
        "PyTorch's answers on CPU engines, and write them with goldens and a manifest; or build "
        "TensorRT engines for an existing bundle, cast it to float16, or give it graphs in int8.",
        epilog="Exit codes: 0 built; 1 not built, nothing left behind; 2 wrong command line.",
    )
    _add_network_options(parser)
    add_contract_options(parser)
    _add_bundle_options(parser)
    _add_gate_options(parser)
    add_engine_options(parser)
    return parser


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("networks")
    source = group.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        metavar="FILE",
        help=".pth, .pt or .safetensors; repeat it, one member each",
    )
    source.add_argument(
        "--bundle",
        type=bundle_folder,
        metavar="DIR",
        help="an existing bundle, for --engine or --precision; default and fast are those in "
        "the package",
    )
    add_graph_sources(source)
    add = group.add_argument
    add(
        "--arch",
        default=BuildRequest.architecture,
        metavar="NAME",
        help="auto, or what every checkpoint must be: seresnext50, seresnext101, senet154, "
        "forensic_unet, or smp:<Decoder>/<encoder>?<option>=<value>&..., which is given ImageNet's "
        "normalization unless its options mean, std and color_order say otherwise "
        "(default: %(default)s)",
    )
    add(
        "--weights",
        default=BuildRequest.weights,
        nargs="+",
        metavar="WHICH",
        help="of weights and their moving average in a checkpoint, which to take: model or ema "
        "(default: the weights, with a warning where both are there)",
    )
    add(
        "--forged",
        metavar="CLASS",
        help="of a network of several classes, the one of forged pixels, counted from 0 (default: "
        "1 of two); of a graph also 1-0, the difference of the logits of two",
    )
    add(
        "--member-weights",
        type=float,
        nargs="+",
        metavar="W",
        help="weight of each member in the mean (default: equal)",
    )
    add(
        "--cascade",
        type=Path,
        metavar="FILE",
        help="checkpoint of a small network that looks at every tile first where a recipe says so; "
        "it has no vote",
    )
    add(
        "--precision",
        choices=(*GRAPH_FORMATS, INT8),
        default=BuildRequest.precision,
        help="number format of the graphs; with --bundle fp16 casts them, and int8 adds graphs for "
        "CPUs that are faster so; these need --calibration-images (default: %(default)s)",
    )
    add(
        "--cpu-formats",
        choices=CPU_FORMATS,
        default=BuildRequest.cpu_formats,
        help="formats to try for CPUs beside float32: what this processor has (bf16), or int8, "
        "too (auto), which needs --calibration-images. What does not pass is recorded and not "
        "used (default: %(default)s)",
    )
    add(
        "--int8-report",
        type=Path,
        metavar="FILE",
        help="write what each layer does to decisions in int8, as JSON",
    )
    add(
        "--int8-checkpoint",
        type=Path,
        action="append",
        metavar="FILE",
        help="what `python -m train fit-int8` wrote, for networks that do not pass in int8 as they "
        "are; one for each member",
    )


def _add_bundle_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("bundle").add_argument
    add("--out", type=Path, metavar="DIR", help="folder to write")
    add("--force", action="store_true", help="replace an existing bundle")
    add(
        "--tiles",
        type=int,
        nargs="+",
        metavar="SIDE",
        help="sides of the square tiles in pixels, multiples of 32 (default: 384 512 768 1024, or "
        "those of the bundle)",
    )
    add(
        "--batch",
        type=int,
        nargs=3,
        metavar=("MIN", "OPT", "MAX"),
        help="batch sizes that engines are prepared for (default: 1 4 16, or those of the bundle)",
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
        "--bundle-version",
        default=BuildRequest.version,
        metavar="N.N",
        help="of the bundle; a later one of the same name has a higher one (default: %(default)s)",
    )
    add(
        "--license",
        default=BuildRequest.license,
        help="of the weights, such as an SPDX identifier (default: %(default)s)",
    )
    add("--model-card", type=Path, metavar="FILE", help="Markdown file to put into the bundle")


def _add_gate_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("parity gate").add_argument
    add(
        "--probes",
        type=Path,
        metavar="DIR",
        help="images that join the synthetic probes, the middle of each as it is; none of them "
        "goes into the bundle",
    )
    for name, what in LIMITS.items():
        add(
            f"--{name.replace('_', '-')}",
            type=float,
            metavar="P" if name.endswith("difference") else "SHARE",
            help=f"{what} (default: {getattr(Limits(), name)}, or that of the bundle)",
        )
