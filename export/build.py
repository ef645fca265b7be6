"""From checkpoints to a bundle: load, trace, measure, and pack only what passed."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from export.errors import ExportError
from export.foreign.member import batch_for, multiple_of, tiles_for
from export.members import (
    CASCADE,
    Member,
    add_member,
    graphs_among,
    load_members,
    member_names,
)
from export.number_formats.calibration import read_images
from export.number_formats.int8 import STEPS, int8_graphs
from export.number_formats.int8_network import Int8Request
from export.pack import record_of, refuse_occupied
from export.parity.gate import check_rows
from export.parity.judges import judges_of
from export.parity.measure import Probes, measure_all, of_one_network
from export.parity.probes import probe_tiles, read_own_images
from export.parity.rows import ParityRow
from export.request import BuildRequest
from export.tensorrt.add import with_engines
from export.tensorrt.build import EngineWatch, build_engines, check_machine
from export.tensorrt.report import check_report
from export.versions import versions
from forensics_rt.bundle.copying import staged, write_manifest
from forensics_rt.bundle.engines.probe import gpu_platform
from forensics_rt.bundle.manifest import CoefficientInputs, Contract, Manifest, MemberRecord
from forensics_rt.bundle.opening import Bundle

_log = logging.getLogger(__name__)
_ADVICE = {
    "fp32": "all computed in float32, so the graph is wrong: take other versions of torch and "
    "onnx, or, if the use allows it, raise --max-difference",
    "fp16": "float16 is too coarse for this network: export with --precision fp32 or, if the use "
    "allows it, raise --flipped-share, --mean-difference and --iou-loss",
}


def build_bundle(request: BuildRequest, watch: EngineWatch) -> Path:
    """Build a bundle and return its folder.

    Args:
        request: What to build.
        watch: Is called with steps and measurements as they come.

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
    # Read before anything slow begins: a folder without images is an error at once.
    int8 = _int8_request(request)
    members = load_members(request)
    request = replace(request, coefficients=_coefficients(members))
    if request.graphs:
        request = _fitted(request, members)
        int8 = _int8_request(request)  # its tiles are those that the graphs take
    own = [] if request.probes is None else read_own_images(request.probes, request.tiles[0])
    probes = {tile: probe_tiles(tile, own) for tile in request.tiles}
    try:
        with staged(request.out, replace=request.force) as folder:
            records, rows = list[MemberRecord](), list[ParityRow]()
            for member in members:
                record, expected = add_member(folder, request, member, probes, watch)
                records.append(record)
                rows += _measure(folder, request, record, len(members), expected, watch)
            check_rows(rows, f"the {request.precision} graph", _ADVICE[request.precision])
            manifest = _manifest(folder, request, members, records, rows)
            if int8 is not None:
                manifest = _with_int8(folder, manifest, int8, watch)
            write_manifest(folder, manifest)
            if request.engines is not None:
                _add_engines(folder, request, manifest, watch)
    except OSError as error:
        raise ExportError(f"{request.out}: cannot be written: {error}") from error
    return request.out


def _fitted(request: BuildRequest, members: list[Member]) -> BuildRequest:
    """Return the request with tiles and batches that the graphs among the members take."""
    settled = [member.settled for member in graphs_among(members)]
    if not settled:
        return request
    return replace(
        request,
        tiles=tiles_for(request, settled),
        batch=batch_for(request, settled),
        size_multiple=multiple_of(settled),
    )


def _coefficients(members: list[Member]) -> CoefficientInputs | None:
    """Return what all members read beside the pixels; `None` for nothing."""
    limits = {member.name: member.dct_limit for member in members}
    if len(set(limits.values())) > 1:
        said = (
            f"{name} reads {'pixels alone' if limit is None else f'coefficients within ±{limit}'}"
            for name, limit in limits.items()
        )
        raise ExportError(
            f"all networks of a bundle must read the same of a JPEG, but {', '.join(said)}; build "
            "a bundle of each kind"
        )
    limit = limits[members[0].name]
    return None if limit is None else CoefficientInputs(limit=limit)


def _int8_request(request: BuildRequest) -> Int8Request | None:
    if request.cpu_formats != "auto" or request.calibration_images is None:
        return None
    images = read_images(request.calibration_images, request.tiles)
    limits = request.int8_limits
    return Int8Request(
        images,
        limits,
        limits,
        request.keep_fp32,
        request.int8_report,
        dict(zip(member_names(request), request.int8_checkpoints, strict=False)),
    )


def _with_int8(
    folder: Path, manifest: Manifest, request: Int8Request, watch: EngineWatch
) -> Manifest:
    """Try graphs in int8. Where they cannot be, or do not pass, the bundle goes without."""
    try:
        made = int8_graphs(Bundle(folder, manifest, ""), request, watch)
    except ExportError as error:
        _log.warning("int8 was not tried, and the bundle is written without it: %s", error)
        return manifest
    optional = [replace(row, required=False) for row in made.rows]
    for row in optional:
        watch.row(row)
    check_rows(optional, "the int8 graph", "")
    return made.added_to(manifest)


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
    int8 = STEPS if request.cpu_formats == "auto" else 0
    watch.steps(members * (2 + len(judges) + engines + int8))
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
    sources = {f"{member.came_as} {member.name}": member.sha256 for member in members}
    contract = Contract(
        batch=request.batch,
        size_multiple=request.size_multiple,
        coefficients=request.coefficients,
    )
    return Manifest(
        schema=contract.schema_version,
        name=request.name or request.out.absolute().name,
        version=request.version,
        license=request.license,
        model_card=card,
        members=tuple(record for record in records if record.name != CASCADE),
        cascade=next((record for record in records if record.name == CASCADE), None),
        contract=contract,
        tile_sizes=request.tiles,
        thresholds={"pixel": request.threshold},
        built_with=versions() | sources,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        parity=tuple(row.record for row in rows),
        limits=request.limits,
    )
