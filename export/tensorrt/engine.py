"""One engine: ordered from a child, read back, and written down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from export.number_formats.calibration import CalibrationSet
from export.pack import record_of
from export.tensorrt.order import EngineOrder
from export.tensorrt.readback import read_back
from export.tensorrt.report import EngineReport
from export.tensorrt.request import EngineRequest
from export.tensorrt.spawn import build_in_child
from export.tensorrt.timing_cache import timing_cache_path
from export.tensorrt.typed import TypedGraph
from forensics_rt.bundle.manifest import BatchProfile, EngineRecord, MemberRecord
from forensics_rt.system.gpu_platform import GpuPlatform


@dataclass(frozen=True)
class BuildSite:
    """Where engines are built, and how.

    Attributes:
        folder: Of the bundle; engines go to `engines/` in it.
        machine: This one.
        version: Of the TensorRT that builds.
        request: What is asked of every engine.
        batch: Profile of every engine.
    """

    folder: Path
    machine: GpuPlatform
    version: str
    request: EngineRequest
    batch: BatchProfile


def build_engine(
    site: BuildSite,
    member: MemberRecord,
    typed: TypedGraph,
    tile: int,
    calibration: CalibrationSet | None,
    workplace: Path,
) -> tuple[EngineRecord, EngineReport]:
    """Build the engine of one member and tile size, and write its plan into the bundle's folder.

    Args:
        site: Where, and how.
        member: Whose engine it is.
        typed: The member's graph, typed as the engine shall compute.
        tile: Side of the tiles in pixels.
        calibration: What the ranges of an int8 graph were measured on.
        workplace: A folder for what is needed only meanwhile.

    Raises:
        ExportError: If it cannot be built, or is not what was asked for.
    """
    request, machine = site.request, site.machine
    plan = site.folder / "engines" / request.kind / f"{member.name}-{tile}-{request.precision}.plan"
    plan.parent.mkdir(parents=True, exist_ok=True)
    room = workplace / str(tile)
    room.mkdir()
    answer = build_in_child(_order(site, typed, tile, plan, room), room, request.timeout)
    found = read_back(answer, dict(typed.asked), request.precision)
    # An engine built for GPUs by name owes nothing to the machine that built it.
    here = machine if machine.has_gpu and not request.compute_capabilities else GpuPlatform()
    record = EngineRecord(
        kind=request.kind,
        member=member.name,
        tile=tile,
        batch=site.batch,
        precision=request.precision,
        file=record_of(site.folder, plan),
        graph_sha256=member.graph.sha256,
        keep_fp32=request.keep_fp32,
        layer_types=found.layer_types,
        weight_bytes=found.weight_bytes,
        read_from=found.read_from,
        calibration_sha256=None if calibration is None else calibration.sha256,
        gpu=here.gpu,
        compute_capabilities=request.compute_capabilities or (str(here.compute_capability),),
        driver=here.driver,
        cuda=here.cuda,
        tensorrt=site.version,
        hardware_compatible=request.hardware_compatible,
        version_compatible=request.version_compatible,
        workspace_mib=request.workspace_mib,
        optimization_level=request.optimization_level,
    )
    return record, EngineReport(
        member=member.name,
        tile=tile,
        requested=request.precision,
        layer_types=found.layer_types,
        weight_bytes=found.weight_bytes,
        read_from=found.read_from,
        seconds=answer.seconds,
        bytes=record.file.bytes,
        peak_bytes=answer.peak_bytes,
        timing_cache=answer.timing_cache,
    )


def _order(site: BuildSite, typed: TypedGraph, tile: int, plan: Path, room: Path) -> EngineOrder:
    request = site.request
    cache = timing_cache_path(site.machine, site.version)
    return EngineOrder(
        kind=request.kind,
        graph=str(typed.path),
        plan=str(plan.absolute()),
        answer=str(room / "answer.json"),
        tile=tile,
        batch=(site.batch.min, site.batch.opt, site.batch.max),
        capabilities=request.compute_capabilities,
        workspace_mib=request.workspace_mib,
        optimization_level=request.optimization_level,
        hardware_compatible=request.hardware_compatible,
        version_compatible=request.version_compatible,
        timing_cache=None if cache is None else str(cache),
    )
