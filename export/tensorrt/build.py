"""All engines of a bundle: one for each member and tile size."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from export.errors import ExportError
from export.number_formats.calibration import calibration_set
from export.parity.rows import ParityRow
from export.parity.watch import Watch
from export.tensorrt.engine import BuildSite, build_engine
from export.tensorrt.report import EngineReport, report_json
from export.tensorrt.request import EngineRequest
from export.tensorrt.typed import typed_graph
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import BatchProfile, EngineRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.io.writers import write_atomically
from forensics_rt.system.gpu_platform import GpuPlatform


class EngineWatch(Watch, Protocol):
    """Is called with the progress of a build of engines."""

    def engine(self, report: EngineReport) -> None:
        """Take note of an engine that was built."""


@dataclass(frozen=True)
class Built:
    """Engines of a bundle.

    Attributes:
        records: What the manifest keeps.
        rows: How far the typed graphs answer from PyTorch.
    """

    records: tuple[EngineRecord, ...]
    rows: tuple[ParityRow, ...]


def build_engines(
    bundle: Bundle,
    folder: Path,
    request: EngineRequest,
    machine: GpuPlatform,
    watch: EngineWatch,
    *,
    batch: BatchProfile | None = None,
    limits: Limits | None = None,
    tiles: tuple[int, ...] | None = None,
    members: tuple[str, ...] | None = None,
) -> Built:
    """Build an engine for each member and tile size, each in a process of its own.

    Args:
        bundle: Whose graphs to build from.
        folder: Engines go to `engines/` in it.
        request: What to build.
        machine: This one.
        watch: Is called with steps, measurements and engines as they come.
        batch: Profile of every engine; `None` for the bundle's.
        limits: Of the parity gate; `None` for the bundle's.
        tiles: Sides to build for; `None` for all of the bundle.
        members: Names of those to build for; `None` for all.

    Raises:
        ExportError: If an engine cannot be built, or is not what was asked for.
        OutputError: If the report cannot be written.
        ParityError: If a typed graph does not answer as PyTorch does.
    """
    manifest = bundle.manifest
    sizes = tiles or manifest.tile_sizes
    site = BuildSite(
        folder,
        machine,
        check_machine(request, machine),
        request,
        batch or manifest.contract.batch,
    )
    calibration = None
    if request.calibration is not None:
        calibration = calibration_set(request.calibration, sizes)
    records: list[EngineRecord] = []
    rows: list[ParityRow] = []
    reports: list[EngineReport] = []
    for member in manifest.networks:
        if members is not None and member.name not in members:
            continue
        with tempfile.TemporaryDirectory(prefix="forensics-rt-engines-") as name:
            watch.step(f"{member.name}: typing the graph as {request.precision}")
            typed = typed_graph(
                bundle,
                member,
                request,
                calibration,
                limits or manifest.limits,
                Path(name) / "typed.onnx",
            )
            for row in typed.rows:
                watch.row(row)
            rows += typed.rows
            for tile in sizes:
                watch.step(f"{member.name}: building {request.kind} for {tile}×{tile}")
                record, report = build_engine(site, member, typed, tile, calibration, Path(name))
                watch.engine(report)
                records.append(record)
                reports.append(report)
    if request.report is not None:
        write_atomically(request.report, report_json(reports).encode())
    return Built(tuple(records), tuple(rows))


def check_machine(request: EngineRequest, machine: GpuPlatform) -> str:
    """Refuse what this machine cannot build, before anything slow begins.

    Args:
        request: The engines.
        machine: This one.

    Returns:
        The version of the TensorRT that will build.

    Raises:
        ExportError: If the TensorRT asked for is not installed, or there is no GPU to build for.
    """
    version = machine.tensorrt.get(request.kind)
    if version is None:
        raise ExportError(
            f"--engine {request.kind} needs the package {request.kind}, which is not installed; "
            f"run `pip install 'forensics_rt[{request.kind}]'`"
        )
    if machine.has_gpu or request.compute_capabilities:
        return version
    if request.kind == "tensorrt-rtx":
        raise ExportError(
            "this machine has no GPU to build for; name those that the engines are for, such as "
            "--compute-capability sm_80,sm_86,sm_89,sm_120"
        )
    raise ExportError(
        "--engine tensorrt builds on the GPU that the engine is for, and this machine has none "
        "(no NVIDIA driver answers); build there, or with --engine tensorrt-rtx "
        "--compute-capability sm_86"
    )
