"""Building engines that do not fit this machine again, into the user's cache."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

from export.errors import ExportError
from export.tensorrt.build import EngineWatch, build_engines
from export.tensorrt.request import EngineRequest
from forensics_rt.bundle.engines.cache import RECORD_FILE, cache_folder_of, cached_engine
from forensics_rt.bundle.engines.match import mismatches
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import EngineRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.system.gpu_platform import GpuPlatform


def rebuild_on_mismatch(
    bundle: Bundle,
    machine: GpuPlatform,
    watch: EngineWatch,
    *,
    calibration: Path | None = None,
    limits: Limits | None = None,
) -> list[tuple[EngineRecord, Path]]:
    """Return an engine for each of the bundle's that does not fit this machine.

    What was built here before is taken from the cache, the rest is built; the bundle is not
    touched. `forensics_rt.bundle.engines.cache.cached_engine` finds the engines again.

    Args:
        bundle: Whose engines to look at.
        machine: This one.
        watch: Is called with the progress.
        calibration: Folder of images, where an engine is int8.
        limits: Of the parity gate; `None` for the bundle's.

    Returns:
        Of each its record and its plan in the cache.

    Raises:
        ExportError: If an engine cannot be built here, such as without a GPU, or kept nowhere.
    """
    rebuilt = []
    for record in bundle.manifest.engines:
        if not mismatches(record, machine):
            continue
        folder = cache_folder_of(record, machine)
        if folder is None:
            raise ExportError(
                "an engine built here would be kept nowhere: this user has no home folder; name a "
                "folder in FORENSICS_RT_CACHE"
            )
        # Whoever comes second waits, and finds what the first one built.
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock")):
            found = cached_engine(record, machine)
            if found is None:
                request = _request_for(record, machine, calibration)
                _build_into(folder, bundle, record, request, machine, watch, limits)
                found = cached_engine(record, machine)
        if found is None:
            raise ExportError(f"{folder}: the engine built there does not fit this machine either")
        rebuilt.append(found)
    return rebuilt


def _request_for(
    record: EngineRecord, machine: GpuPlatform, calibration: Path | None
) -> EngineRequest:
    capabilities: tuple[str, ...] = ()
    if record.kind == "tensorrt-rtx" and machine.compute_capability is not None:
        capabilities = (machine.compute_capability,)
    return EngineRequest(
        kind=record.kind,
        precision=record.precision,
        keep_fp32=record.keep_fp32,
        compute_capabilities=capabilities,
        calibration=calibration if record.precision == "int8" else None,
        workspace_mib=record.workspace_mib,
        optimization_level=record.optimization_level,
        hardware_compatible=record.hardware_compatible,
        version_compatible=record.version_compatible,
    )


def _build_into(
    folder: Path,
    bundle: Bundle,
    record: EngineRecord,
    request: EngineRequest,
    machine: GpuPlatform,
    watch: EngineWatch,
    limits: Limits | None,
) -> None:
    """Build one engine beside its folder, which appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".partial-") as name:
        staging = Path(name) / "engine"
        staging.mkdir()
        built = build_engines(
            bundle,
            staging,
            request,
            machine,
            watch,
            batch=record.batch,
            limits=limits,
            tiles=(record.tile,),
            members=(record.member,),
        )
        (made,) = built.records
        (staging / RECORD_FILE).write_text(made.model_dump_json(indent=2), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
