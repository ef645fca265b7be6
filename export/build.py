"""From checkpoints to a bundle: load, trace, measure, and pack only what passed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from export.errors import ExportError
from export.graph.reference import torch_answers
from export.graph.tracing import PixelsToProbability, export_graph
from export.number_formats.float16_range import check_range
from export.number_formats.precision import at_precision
from export.pack import record_of, refuse_occupied, write_golden
from export.parity.gate import check_rows
from export.parity.judges import judges_of
from export.parity.measure import Pixels, Probability, Probes, measure_all, of_one_network
from export.parity.probes import SYNTHETIC_PER_TILE, probe_tiles, read_own_images
from export.parity.rows import ParityRow
from export.request import BuildRequest
from export.tensorrt.add import with_engines
from export.tensorrt.build import EngineWatch, build_engines, check_machine
from export.tensorrt.report import check_report
from export.versions import versions
from forensics_rt.bundle.copying import staged, write_manifest
from forensics_rt.bundle.engines.probe import gpu_platform
from forensics_rt.bundle.manifest import Contract, GoldenRecord, Manifest, MemberRecord
from forensics_rt.bundle.opening import Bundle
from train.checkpoints import LoadedNetwork, load_checkpoint

CASCADE = "cascade"
_ADVICE = {
    "fp32": "all computed in float32, so the graph is wrong: take other versions of torch and "
    "onnx, or, if the use allows it, raise --max-difference",
    "fp16": "float16 is too coarse for this network: export with --precision fp32 or, if the use "
    "allows it, raise --flipped-share, --mean-difference and --iou-loss",
}


@dataclass(frozen=True)
class Member:
    """One network on its way into the bundle: name, network, weight in the mean."""

    name: str
    loaded: LoadedNetwork
    weight: float = 1.0


def build_bundle(request: BuildRequest, watch: EngineWatch) -> Path:
    """Build a bundle and return its folder.

    Args:
        request: What to build.
        watch: Is told of steps and measurements as they come.

    Raises:
        CheckpointError: If a checkpoint cannot be read or fits no architecture.
        ParityError: If a graph does not answer as PyTorch does in float32, or in the format asked
            for; there is no bundle then. Where only another format of a CPU does not, such as
            bf16, there is one, and its manifest says so.
        ExportError: If something is in the way of the folder, a network cannot be traced, or this
            machine cannot build the engines.
        OutputError: If the engines' report cannot be written.

    Example:
        >>> request = BuildRequest((Path("fold1.pth"),), Path("bundle"), (512,))
        >>> build_bundle(request, watch)  # doctest: +SKIP
        PosixPath('bundle')
    """
    refuse_occupied(request.out, request.force)
    if request.engines is not None:
        check_machine(request.engines, gpu_platform())
        if request.engines.report is not None:
            check_report(request.engines.report, request.out)
    members = _load(request)
    own = [] if request.probes is None else read_own_images(request.probes, request.tiles[0])
    probes = {tile: probe_tiles(tile, own) for tile in request.tiles}
    try:
        with staged(request.out, replace=request.force) as folder:
            records, rows = list[MemberRecord](), list[ParityRow]()
            for member in members:
                record, expected = _add_member(folder, request, member, probes, watch)
                records.append(record)
                rows += _measure(folder, request, record, len(members), expected, watch)
            check_rows(rows, f"the {request.precision} graph", _ADVICE[request.precision])
            manifest = _manifest(folder, request, members, records, rows)
            write_manifest(folder, manifest)
            if request.engines is not None:
                _add_engines(folder, request, manifest, watch)
    except OSError as error:
        raise ExportError(f"{request.out}: cannot be written: {error}") from error
    return request.out


def _load(request: BuildRequest) -> list[Member]:
    pairs = zip(request.checkpoints, request.member_weights(), strict=True)
    members = [
        Member(f"member-{number}", load_checkpoint(path, request.architecture), weight)
        for number, (path, weight) in enumerate(pairs, start=1)
    ]
    if request.cascade is not None:
        members.append(Member(CASCADE, load_checkpoint(request.cascade)))
    return members


def _add_member(
    folder: Path,
    request: BuildRequest,
    member: Member,
    probes: dict[int, Pixels],
    watch: EngineWatch,
) -> tuple[MemberRecord, Probes]:
    """Write a member's graph and goldens; give its record, and what PyTorch answers the probes."""
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
    )
    return record, expected


def _measure(
    folder: Path,
    request: BuildRequest,
    record: MemberRecord,
    members: int,
    expected: Probes,
    watch: EngineWatch,
) -> list[ParityRow]:
    """Measure a member by itself, so that the answers of one alone are held in memory."""
    # Under any other name: a bundle has members, and the cascade network is none.
    manifest = _manifest(folder, request, (), (record.model_copy(update={"name": "one"}),), ())
    alone = of_one_network(Bundle(folder, manifest, ""), record, request.limits)
    judges = judges_of(alone)
    engines = 0 if request.engines is None else 1 + len(request.tiles)
    watch.steps(members * (2 + len(judges) + engines))
    return measure_all(judges, alone, watch, expected)


def _add_engines(
    folder: Path, request: BuildRequest, manifest: Manifest, watch: EngineWatch
) -> None:
    if request.engines is not None:
        machine = gpu_platform()
        built = build_engines(
            Bundle.open(folder),
            folder,
            request.engines,
            machine,
            watch,
            limits=request.limits,
        )
        write_manifest(folder, with_engines(manifest, built, request.engines, machine))


def _golden(folder: Path, member: Member, tiles: Pixels, answers: Probability) -> GoldenRecord:
    """Write the probe whose answer varies most; never an own image, which may be confidential."""
    synthetic = answers[:SYNTHETIC_PER_TILE].reshape(SYNTHETIC_PER_TILE, -1)
    index = int(synthetic.std(axis=1).argmax())
    return write_golden(folder, member.name, tiles[index], answers[index])


def _manifest(
    folder: Path,
    request: BuildRequest,
    members: Sequence[Member],
    records: Sequence[MemberRecord],
    rows: Sequence[ParityRow],
) -> Manifest:
    card = None
    if request.model_card is not None:
        copy = shutil.copyfile(request.model_card, folder / "MODEL_CARD.md")
        card = record_of(folder, copy)
    sources = {f"checkpoint {member.name}": member.loaded.sha256 for member in members}
    return Manifest(
        name=request.name or request.out.absolute().name,
        license=request.license,
        model_card=card,
        members=tuple(record for record in records if record.name != CASCADE),
        cascade=next((record for record in records if record.name == CASCADE), None),
        contract=Contract(batch=request.batch),
        tile_sizes=request.tiles,
        thresholds={"pixel": request.threshold},
        built_with=versions() | sources,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        parity=tuple(row.record for row in rows),
        limits=request.limits,
    )
