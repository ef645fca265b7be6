"""The network of the competition with engines for this GPU, and any bundle in float16."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from rich.console import Console

from benchmarks.networks.fixed import traced_network
from benchmarks.networks.ungated_bundle import write_bundle
from export.command_line.terminal import TerminalWatch
from export.number_formats.typed import typed_model
from export.request import DEFAULT_TILES
from export.tensorrt.add import add_engines
from export.tensorrt.request import EngineRequest, Kind
from forensics_rt.bundle.engines.probe import gpu_platform, installed_tensorrt
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import ForensicsError


def bundle_for_this_gpu(folder: Path, network: str) -> tuple[Bundle, dict[str, str]]:
    """Write the bundle of one network, with float16 engines where they can be built.

    Args:
        folder: Where; must be empty.
        network: One of `benchmarks.networks.fixed.NETWORKS`.

    Returns:
        The bundle, and the reason of each TensorRT that is installed and built no engines.
    """
    bundle = traced_network(folder / "plain", network, DEFAULT_TILES)
    machine, refused = gpu_platform(), {}
    for kind in installed_tensorrt():
        request = EngineRequest(cast(Kind, kind), precision="fp16")
        try:
            with TerminalWatch(Console(stderr=True)) as watch:
                watch.steps(1 + len(DEFAULT_TILES))
                out = add_engines(bundle, folder / kind, request, machine, watch)
            bundle = Bundle.open(out)
        except ForensicsError as error:
            refused[kind] = str(error)
    return bundle, refused


def in_half(bundle: Bundle, folder: Path) -> Bundle:
    """Write a bundle whose graphs compute in float16, as engines in float16 do.

    Args:
        bundle: Whose graphs to cast.
        folder: Where; must be empty.

    Raises:
        ExportError: If a graph cannot be cast.
    """
    members = bundle.manifest.members
    graphs = [typed_model(bundle, member, "fp16")[0] for member in members]
    weights = [member.weight for member in members]
    return write_bundle(folder, graphs, bundle.manifest.tile_sizes, weights, precision="fp16")
