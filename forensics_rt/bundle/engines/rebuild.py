"""The command that builds an engine again."""

from __future__ import annotations

import shlex
from pathlib import Path

from forensics_rt.bundle.manifest import EngineRecord


def rebuild_command(record: EngineRecord, bundle: Path) -> str:
    """Return the exact command line that builds the engines of a record's kind on this machine.

    The bundle is replaced by one with the same graphs and new engines, built as those before.
    """
    words = ["python", "-m", "export.build_engines", "--bundle", str(bundle)]
    words += ["--engine", record.kind, "--engine-precision", record.precision]
    batch = record.batch
    words += ["--batch", str(batch.min), str(batch.opt), str(batch.max)]
    if record.keep_fp32:
        words += ["--keep-fp32", *record.keep_fp32]
    if record.calibration_sha256 is not None:
        words += ["--calibration", "FOLDER_OF_CALIBRATION_IMAGES"]
    if record.hardware_compatible:
        words.append("--hardware-compatible")
    if record.version_compatible:
        words.append("--version-compatible")
    if record.workspace_mib is not None:
        words += ["--workspace", str(record.workspace_mib)]
    if record.optimization_level is not None:
        words += ["--optimization-level", str(record.optimization_level)]
    return shlex.join([*words, "--out", str(bundle), "--force"])
