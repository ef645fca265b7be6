"""The networks of a bundle that is being built: loaded, traced, and written with their goldens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from export.graph.reference import torch_answers
from export.graph.tracing import PixelsToProbability, export_graph
from export.number_formats.float16_range import check_range
from export.number_formats.precision import at_precision
from export.pack import record_of, write_golden
from export.parity.measure import Pixels, Probability, Probes
from export.parity.probes import SYNTHETIC_PER_TILE
from export.parity.watch import Watch
from export.request import BuildRequest
from forensics_rt.bundle.manifest import POOL_NOTHING, GoldenRecord, MemberRecord
from train.checkpoints import LoadedNetwork, load_checkpoint

CASCADE = "cascade"


@dataclass(frozen=True)
class Member:
    """One network on its way into the bundle: name, network, weight in the mean."""

    name: str
    loaded: LoadedNetwork
    weight: float = 1.0


def member_names(request: BuildRequest) -> list[str]:
    """Return the name of each member, in the order of the checkpoints."""
    return [f"member-{number}" for number in range(1, len(request.checkpoints) + 1)]


def load_members(request: BuildRequest) -> list[Member]:
    """Load every checkpoint of a request, the cascade network last.

    Raises:
        CheckpointError: If one cannot be read or fits no architecture.
    """
    parts = zip(member_names(request), request.checkpoints, request.weight_of_each(), strict=True)
    members = [
        Member(
            name,
            load_checkpoint(path, request.architecture, request.weights, request.forged),
            weight,
        )
        for name, path, weight in parts
    ]
    if request.cascade is not None:
        members.append(Member(CASCADE, load_checkpoint(request.cascade)))
    return members


def add_member(
    folder: Path,
    request: BuildRequest,
    member: Member,
    probes: dict[int, Pixels],
    watch: Watch,
) -> tuple[MemberRecord, Probes]:
    """Write a member's graph and goldens.

    Args:
        folder: Of the bundle.
        request: The build.
        member: The network.
        probes: Tiles by their size, N×S×S×3 RGB uint8.
        watch: Is told of the steps.

    Returns:
        The member's record, and the probes with PyTorch's answers.

    Raises:
        ExportError: If the network cannot be traced.
        ParityError: If it runs over in float16.
    """
    network = member.loaded.network
    graph = folder / "graphs" / f"{member.name}.onnx"
    graph.parent.mkdir(exist_ok=True)
    watch.step(f"{member.name}: tracing {member.loaded.architecture}")
    traced = at_precision(network, request.precision)
    export_graph(traced, graph)

    watch.step(f"{member.name}: PyTorch answers the probes")
    reference = PixelsToProbability(network)
    if request.precision == "fp16":
        advice = "Export with --precision fp32; the bundle was not written"
        check_range(member.name, traced, reference, request.limits, advice)
    expected = {tile: (tiles, torch_answers(reference, tiles)) for tile, tiles in probes.items()}
    record = MemberRecord(
        name=member.name,
        architecture=member.loaded.architecture,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        precision=request.precision,
        weight=member.weight,
        graph=record_of(folder, graph),
        goldens=tuple(_golden(folder, member, *pair) for pair in expected.values()),
        pools_over_tile=False if member.loaded.architecture in POOL_NOTHING else None,
    )
    return record, expected


def _golden(folder: Path, member: Member, tiles: Pixels, answers: Probability) -> GoldenRecord:
    """Write the probe whose answer varies most; never an own image, which may be confidential."""
    synthetic = answers[:SYNTHETIC_PER_TILE].reshape(SYNTHETIC_PER_TILE, -1)
    index = int(synthetic.std(axis=1).argmax())
    return write_golden(folder, member.name, tiles[index], answers[index])
