"""Options that say what a foreign graph takes and gives."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.foreign.contract import OPTIONS, GraphContract, read_contract

GRAPHS = ("onnx", "torchscript", "exported_program")


def add_graph_sources(source: Any) -> None:
    """Add what can stand in place of `--checkpoint`.

    Args:
        source: The group of which one is required.
    """
    for name, what in (
        ("--onnx", "an ONNX graph of any exporter"),
        ("--torchscript", "what torch.jit.save wrote"),
        ("--exported-program", "what torch.export.save wrote"),
    ):
        source.add_argument(
            name,
            type=Path,
            action="append",
            metavar="FILE",
            help=f"{what}; repeat it, one member each",
        )


def add_contract_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a contract."""
    group = parser.add_argument_group(
        "graphs", "what a graph takes and gives; `python -m export.inspect_onnx FILE` proposes it"
    )
    add = group.add_argument
    add(
        "--contract",
        type=Path,
        action="append",
        metavar="FILE",
        help="contract.toml, once for all graphs or once for each; options come before it",
    )
    add("--external-data", type=Path, metavar="DIR", help="folder of weights in other files")
    add("--input-name", metavar="NAME", help="input for pixels (default: the only one)")
    add("--layout", choices=("NCHW", "NHWC"), help="order of the axes (default: by the graph)")
    add("--color-order", choices=("RGB", "BGR", "GRAY"), help="of the channels (default: RGB)")
    add("--range", choices=("0..1", "0..255"), help="of pixels, before --mean and --std")
    add("--scale", type=float, metavar="F", help="factor of pixels in 0..255, not --range")
    add("--mean", type=float, nargs="+", metavar="M", help="subtracted then (default: 0)")
    add("--std", type=float, nargs="+", metavar="S", help="divided by last (default: 1)")
    size = group.add_mutually_exclusive_group()
    size.add_argument(
        "--size-multiple",
        type=int,
        metavar="N",
        help="height and width may be any multiples of N (default: 32)",
    )
    size.add_argument(
        "--fixed-size", type=int, nargs=2, metavar=("H", "W"), help="the only size it takes"
    )
    add("--output-name", metavar="NAME", help="output that is wanted (default: the only one)")
    add(
        "--output-stride",
        type=int,
        metavar="N",
        help="the answer is N times smaller than the input, both ways: enlarge it (default: 1)",
    )
    add(
        "--upsampling",
        choices=("half_pixel", "align_corners"),
        help="how it is enlarged, bilinear in both cases (default: half_pixel)",
    )
    add(
        "--values",
        choices=("logits", "probability"),
        help="what it gives (default: by the end of the graph)",
    )


def contract_options_given(values: argparse.Namespace) -> list[str]:
    """Return the options that were given and go with graphs alone."""
    names = {option.strip("-").replace("-", "_"): option for option in OPTIONS.values()}
    names |= {"contract": "--contract", "external_data": "--external-data"}
    names.pop("forged")
    return [option for name, option in names.items() if getattr(values, name) is not None]


def graphs_of(values: argparse.Namespace) -> tuple[Path, ...]:
    """Return the files of graphs that were given."""
    return tuple(path for name in GRAPHS for path in getattr(values, name) or ())


def contracts_of(values: argparse.Namespace) -> tuple[GraphContract, ...]:
    """Return the contracts: one for all graphs, or one for each.

    Raises:
        ExportError: If a file cannot be read, or a value is none that can be.
    """
    options = {key: getattr(values, key) for key in OPTIONS}
    return tuple(read_contract(path, options) for path in values.contract or (None,))
