"""Where engines built for this machine alone are kept, and how they are found again.

The bundle stays as it came. An engine that did not fit is built again into the user's cache, in a
folder whose name depends on everything that decides whether it fits.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from pydantic import ValidationError

from forensics_rt.bundle.engines.match import mismatches
from forensics_rt.bundle.manifest import EngineRecord
from forensics_rt.io.digest import sha256_of
from forensics_rt.system.cache import cache_folder
from forensics_rt.system.gpu_platform import GpuPlatform

RECORD_FILE = "engine.json"
# What is asked of an engine under the names of its record.
_ASKED = {"kind", "tile", "batch", "precision", "hardware_compatible", "version_compatible",
          "workspace_mib", "optimization_level"}  # fmt: skip


def cache_folder_of(record: EngineRecord, machine: GpuPlatform) -> Path | None:
    """Return the folder of the engine that stands for `record` on `machine`; `None` for no cache.

    The name is a hash over the graph, what was asked of the engine, the machine and its TensorRT.
    """
    asked = {
        **record.model_dump(include=_ASKED),
        "graph": record.graph_sha256,
        "keep_fp32": sorted(record.keep_fp32),
        "calibration": record.calibration_sha256,
        **asdict(machine),
        "tensorrt": machine.tensorrt.get(record.kind),
    }
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    folder = cache_folder("engines")
    return None if folder is None else folder / digest[:32]


def cached_engine(record: EngineRecord, machine: GpuPlatform) -> tuple[EngineRecord, Path] | None:
    """Return record and plan file of an engine that was built here before, or `None`.

    What is there but damaged, or does not fit, counts as not there. The plan's SHA-256 is checked,
    so the path may be loaded.
    """
    folder = cache_folder_of(record, machine)
    if folder is None:
        return None
    try:
        found = EngineRecord.model_validate_json((folder / RECORD_FILE).read_bytes())
        plan = folder / found.file.path
        sound = found.graph_sha256 == record.graph_sha256 and sha256_of(plan) == found.file.sha256
    except (OSError, ValidationError):
        return None
    return (found, plan) if sound and not mismatches(found, machine) else None
