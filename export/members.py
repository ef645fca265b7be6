"""The networks of a bundle that is being built: loaded, and written with their goldens."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from export.coefficients import probe_coefficients
from export.foreign.member import GraphMember, load_graph
from export.pack import record_of, write_golden
from export.parity.measure import Pixels, Probability, Probes
from export.parity.probes import SYNTHETIC_PER_TILE
from export.parity.watch import Watch
from export.request import BuildRequest
from export.torch_member import TorchMember
from forensics_rt.bundle.manifest import POOL_NOTHING, GoldenRecord, MemberRecord
from forensics_rt.calibration.origin import OriginRecord
from train.checkpoint.load import load_checkpoint
from train.origin import origin_in

CASCADE = "cascade"


class Member(Protocol):
    """One network on its way into the bundle.

    Attributes:
        name: In the bundle.
        weight: In the mean.
        came_as: Word for the kind of its file, such as `checkpoint`.
        architecture: As the manifest has it.
        parameters: How many it has.
        sha256: Of its file.
        origin: How its weights came about; `None` where its file does not tell.
        dct_limit: How coefficients of JPEG are clipped that it reads; `None` for pixels alone.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def weight(self) -> float: ...  # noqa: D102
    @property
    def came_as(self) -> str: ...  # noqa: D102
    @property
    def architecture(self) -> str: ...  # noqa: D102
    @property
    def parameters(self) -> int: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def origin(self) -> OriginRecord | None: ...  # noqa: D102
    @property
    def dct_limit(self) -> int | None: ...  # noqa: D102

    def write(self, path: Path, request: BuildRequest) -> None:
        """Write the graph."""

    def answers(self, tiles: Pixels) -> Probability:
        """Return the probabilities of the framework that it comes from, N×H×W."""


def member_names(request: BuildRequest) -> list[str]:
    """Return the name of each member, in the order of the files."""
    return [f"member-{number}" for number in range(1, len(request.networks) + 1)]


def load_members(request: BuildRequest) -> list[Member]:
    """Load every network of a request, the cascade network last.

    Raises:
        CheckpointError: If a checkpoint cannot be read or fits no architecture.
        ExportError: If a graph cannot be read, or its contract is wrong.
    """
    parts = zip(member_names(request), request.networks, request.weight_of_each(), strict=True)
    members: list[Member] = []
    for index, (name, path, weight) in enumerate(parts):
        if request.graphs:
            contract = request.contracts[index if len(request.contracts) > 1 else 0]
            members.append(load_graph(path, contract, request, name, weight))
        else:
            loaded = load_checkpoint(path, request.architecture, request.weights, request.forged)
            told = origin_in(path, loaded.metadata)
            members.append(TorchMember(name, loaded, weight, origin=told))
    if request.cascade is not None:
        loaded = load_checkpoint(request.cascade)
        told = origin_in(request.cascade, loaded.metadata)
        members.append(TorchMember(CASCADE, loaded, origin=told))
    return members


def graphs_among(members: list[Member]) -> list[GraphMember]:
    """Return the members that came as graphs."""
    return [member for member in members if isinstance(member, GraphMember)]


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
        The member's record, and the probes with the answers of its own framework.

    Raises:
        ExportError: If the network cannot be traced.
        ParityError: If it runs over in float16.
    """
    graph = folder / "graphs" / f"{member.name}.onnx"
    graph.parent.mkdir(exist_ok=True)
    watch.step(f"{member.name}: writing the graph of {member.architecture}")
    member.write(graph, request)
    watch.step(f"{member.name}: its own framework answers the probes")
    expected = {tile: (tiles, member.answers(tiles)) for tile, tiles in probes.items()}
    record = MemberRecord(
        name=member.name,
        architecture=member.architecture,
        parameters=member.parameters,
        precision=request.precision,
        weight=member.weight,
        graph=record_of(folder, graph),
        goldens=tuple(_golden(folder, member, *pair) for pair in expected.values()),
        pools_over_tile=False if member.architecture in POOL_NOTHING else None,
        origin=member.origin,
    )
    return record, expected


def _golden(folder: Path, member: Member, tiles: Pixels, answers: Probability) -> GoldenRecord:
    """Write the probe whose answer varies most; never an own image, which may be confidential."""
    synthetic = answers[:SYNTHETIC_PER_TILE].reshape(SYNTHETIC_PER_TILE, -1)
    index = int(synthetic.std(axis=1).argmax())
    beside = probe_coefficients(tiles[index : index + 1], member.dct_limit)
    return write_golden(folder, member.name, tiles[index], answers[index], beside)
