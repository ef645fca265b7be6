"""The command line of `python -m export.triton`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from export.triton.request import MEMBER_BACKENDS, RepositoryRequest


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; a wrong one ends the process with code 2.

    Args:
        arguments: Those after the name of the program; `None` for those of the process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m export.triton",
        description="Write a model repository for an NVIDIA Triton server: the whole pipeline, its "
        "members, and a pipeline that has Triton run and batch the members.",
        epilog="Exit codes: 0 written; 1 not written, nothing left behind; 2 wrong command line.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="a folder, or default or fast")
    parser.add_argument("--out", type=Path, required=True, metavar="REPO", help="folder to write")
    parser.add_argument("--force", action="store_true", help="replace what is there")
    _add_detector_options(parser)
    _add_server_options(parser)
    return parser.parse_args(arguments)


def _add_detector_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("detection, as in Detector").add_argument
    add(
        "--recipe",
        type=_recipe,
        default=RepositoryRequest.recipe,
        metavar="NAME|FILE",
        help="name of a recipe, or a TOML file (default: %(default)s)",
    )
    for name, what in {
        "threshold": "probability from which a pixel counts as forged",
        "high-threshold": "probability that a region must reach",
        "prevalence": "share of the images that you expect to be forged",
    }.items():
        add(f"--{name}", type=float, metavar="P", help=f"{what} (default: the bundle's)")
    add("--high-area", type=int, metavar="N",
        help="how many pixels of a region must reach that (default: the bundle's)")  # fmt: skip
    add("--operating-point", metavar="NAME", help="one of the calibration's, such as fpr-1%%")
    add(
        "--damaged",
        choices=("refuse", "examine"),
        help="what is done with damaged images (default: refuse)",
    )
    add("--max-pixels", type=int, default=RepositoryRequest.max_pixels, metavar="N",
        help="largest width × height accepted (default: %(default)s)")  # fmt: skip
    add("--backend", metavar="NAME", help="backend of forensics_rt (default: auto)")
    add("--threads", type=int, metavar="N",
        help="threads of an instance (default: the CPUs, shared among the instances)")  # fmt: skip
    add("--precision", choices=("auto", "float32"), help="number format (default: auto)")


def _add_server_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("server").add_argument
    usual = RepositoryRequest
    add("--gpu", action="store_true", help="instances for GPUs (not tried yet)")
    add("--instances", type=int, default=usual.instances, metavar="N",
        help="processes of forensics_rt (default: %(default)s)")  # fmt: skip
    add("--bls-instances", type=int, default=usual.bls_instances, metavar="N",
        help="processes of forensics_rt_bls (default: %(default)s)")  # fmt: skip
    add("--member-instances", type=int, default=usual.member_instances, metavar="N",
        help="processes of each member (default: %(default)s)")  # fmt: skip
    add(
        "--member-backend",
        choices=MEMBER_BACKENDS,
        default=usual.member_backend,
        help="what runs the members: a backend of forensics_rt (python), or Triton's own "
        "onnxruntime or tensorrt, which not every server has (default: %(default)s)",
    )
    add("--max-batch", type=int, metavar="N",
        help="most tiles in a batch of a member (default: the bundle's)")  # fmt: skip
    add("--queue", type=int, default=usual.queue, metavar="N",
        help="requests that may wait (default: %(default)s)")  # fmt: skip
    add("--timeout", type=float, default=usual.timeout, metavar="SECONDS",
        help="how long a request may wait (default: %(default)s)")  # fmt: skip
    add("--no-warm-up", action="store_false", dest="warm_up",
        help="be ready sooner; the first image of each tile shape then takes longer")  # fmt: skip
    add("--largest-file", type=int, default=usual.largest_file >> 20, metavar="MIB",
        help="largest file of your clients, for the figures of memory in the README "
        "(default: %(default)s)")  # fmt: skip


def _recipe(text: str) -> str | Path:
    return Path(text) if text.endswith(".toml") else text
