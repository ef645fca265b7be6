"""Engines into a bundle: into one that is being built, or into a copy of one that is there."""

from __future__ import annotations

from pathlib import Path

from export.errors import ExportError
from export.pack import copied
from export.tensorrt.build import Built, EngineWatch, build_engines
from export.tensorrt.report import check_report
from export.tensorrt.request import EngineRequest
from forensics_rt.bundle.copying import write_manifest
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import BatchProfile, Manifest
from forensics_rt.bundle.opening import Bundle
from forensics_rt.system.gpu_platform import GpuPlatform


def add_engines(
    bundle: Bundle,
    out: Path,
    request: EngineRequest,
    machine: GpuPlatform,
    watch: EngineWatch,
    *,
    force: bool = False,
    batch: BatchProfile | None = None,
    tiles: tuple[int, ...] | None = None,
    limits: Limits | None = None,
) -> Path:
    """Write a bundle with the same graphs and new engines; it appears whole or not at all.

    Engines of the same kind are left behind, those of the other kind come along.

    Args:
        bundle: Whose graphs to build from.
        out: Folder to write; with `force` it may be the bundle's own.
        request: The engines.
        machine: This one.
        watch: Is called with the progress.
        force: Replace a bundle that is there.
        batch: Profile of the engines; `None` for the bundle's.
        tiles: Sides to build for; `None` for all of the bundle.
        limits: Of the parity gate; `None` for the bundle's.

    Raises:
        ExportError: If something is in the way, or an engine cannot be built.
        OutputError: If the report cannot be written.
        ParityError: If a typed graph does not answer as PyTorch does.
    """
    if request.report is not None:
        check_report(request.report, out)
    missing = sorted(set(tiles or ()) - set(bundle.manifest.tile_sizes))
    if missing:
        raise ExportError(
            f"--tiles must be among the bundle's {list(bundle.manifest.tile_sizes)}, got {missing}"
        )
    others = tuple(record for record in bundle.manifest.engines if record.kind != request.kind)
    manifest = bundle.manifest.model_copy(update={"engines": others})
    with copied(bundle, manifest, out, force) as folder:
        built = build_engines(
            bundle,
            folder,
            request,
            machine,
            watch,
            batch=batch,
            tiles=tiles,
            limits=limits,
        )
        manifest = manifest.model_copy(update={"limits": limits or manifest.limits})
        write_manifest(folder, with_engines(manifest, built, request, machine))
    return out


def with_engines(
    manifest: Manifest, built: Built, request: EngineRequest, machine: GpuPlatform
) -> Manifest:
    """Return the manifest with the engines, their parity rows and the TensorRT that built them."""
    measured = {row.record.engine for row in built.rows}
    kept = tuple(row for row in manifest.parity if row.engine not in measured)
    made_with = {request.kind: machine.tensorrt[request.kind]}
    changed: Manifest = manifest.model_copy(
        update={
            "engines": (*manifest.engines, *built.records),
            "parity": (*kept, *(row.record for row in built.rows)),
            "built_with": manifest.built_with | made_with,
        }
    )
    return changed
