"""Networks of fixed pseudo-random weights: any machine has the same, and none must be downloaded.

Time does not depend on what weights say, so they stand for trained ones wherever only time and
agreement are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.ways.way import Networks
from forensics_rt.bundle.opening import Bundle

NETWORKS = ("seresnext50", "seresnext101", "senet154")


def fixed_networks(folder: Path, network: str, members: int, sizes: Sequence[int]) -> Networks:
    """Write checkpoints and build their bundle, or take what an earlier call left.

    Args:
        folder: Where they are kept.
        network: One of `NETWORKS`.
        members: How many, each of other weights.
        sizes: Sides in pixels of the tiles that the bundle is for.

    Raises:
        ForensicsError: If there is no such network, or the bundle cannot be built.
    """
    place = folder / f"{network}-{members}-{'-'.join(map(str, sizes))}"
    checkpoints = tuple(place / f"member-{number}.pth" for number in range(1, members + 1))
    networks = Networks(checkpoints, place / "bundle")
    if not networks.bundle.is_dir():  # built last, and moved to its place whole
        place.mkdir(parents=True, exist_ok=True)
        for salt, path in enumerate(checkpoints):
            _write_checkpoint(path, network, salt)
        _build(networks, sizes)
    return networks


def traced_network(folder: Path, network: str, sizes: Sequence[int]) -> Bundle:
    """Write a bundle of one network in seconds: traced, and not compared with anything.

    Args:
        folder: Where.
        network: One of `NETWORKS`.
        sizes: Sides in pixels of the tiles that the bundle is for.
    """
    from benchmarks.networks.quick_graph import quick_graph
    from benchmarks.networks.ungated_bundle import write_bundle

    return write_bundle(folder, [quick_graph(_filled(network, 0))], tuple(sizes))


def _filled(network: str, salt: int) -> Any:
    import torch

    from benchmarks.networks.fixed_weights import fill_by_name
    from train.networks import build_network

    filled = fill_by_name(build_network(network), salt)
    with torch.no_grad():
        # The filled weights leave the map nearly flat. Spread it, or no decision could flip.
        filled.final[0].weight.mul_(10.0)
        filled.final[0].bias.sub_(0.4).mul_(10.0)
    return filled


def _write_checkpoint(path: Path, network: str, salt: int) -> None:
    import torch

    filled = _filled(network, salt)
    # Under the prefix of the published checkpoints.
    torch.save({f"module.{name}": value for name, value in filled.state_dict().items()}, path)


def _build(networks: Networks, sizes: Sequence[int]) -> None:
    from rich.console import Console

    from export.build import build_bundle
    from export.command_line.terminal import TerminalWatch
    from export.request import BuildRequest

    request = BuildRequest(networks.checkpoints, networks.bundle, tuple(sizes))
    with TerminalWatch(Console(stderr=True)) as watch:
        build_bundle(request, watch)
