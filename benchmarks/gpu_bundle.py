"""The network of the competition with engines of each TensorRT that builds for this GPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from rich.console import Console

from benchmarks.fixed_networks import traced_network
from export.request import DEFAULT_TILES, Tolerance
from export.tensorrt.add import add_engines
from export.tensorrt.request import EngineRequest, Kind
from export.watch import TerminalWatch
from forensics_rt.bundle import Bundle
from forensics_rt.engines.probe import installed_tensorrt, this_machine
from forensics_rt.errors import ForensicsError


@dataclass(frozen=True)
class Prepared:
    """What the ways are measured with.

    Attributes:
        bundle: The network in float32, with the engines that there are.
        half: The same network with weights and arithmetic in float16; `None` if not to be had.
        refused: Why a TensorRT that is installed has built no engines, by kind.
    """

    bundle: Bundle
    half: Bundle | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


def bundle_for_this_gpu(folder: Path, network: str) -> Prepared:
    """Write the bundles of one network, with float16 engines where they can be built.

    Args:
        folder: Where; must be empty.
        network: One of `fixed_networks.NETWORKS`.
    """
    bundle = traced_network(folder / "plain", network, DEFAULT_TILES)
    machine, refused = this_machine(), {}
    for kind in installed_tensorrt():
        request, tolerance = EngineRequest(cast(Kind, kind), precision="fp16"), Tolerance()
        try:
            with TerminalWatch(Console(stderr=True), tolerance) as watch:
                watch.steps(1 + len(DEFAULT_TILES))
                out = add_engines(bundle, folder / kind, request, machine, watch)
            bundle = Bundle.open(out)
        except ForensicsError as error:
            refused[kind] = str(error)
    half = traced_network(folder / "half", network, DEFAULT_TILES, "fp16")
    return Prepared(bundle, half, refused)
