"""Holding an engine's record against the machine that is to load it, and what mends a mismatch."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from forensics_rt.bundle.manifest import EngineRecord
from forensics_rt.errors import EngineMismatch
from forensics_rt.system.gpu_platform import GpuPlatform, version_numbers

_FIRST_COMPATIBLE = (8, 0)


def mismatches(record: EngineRecord, machine: GpuPlatform) -> list[str]:
    """Return a line for each point in which engine and machine disagree; empty where they fit.

    An engine loads only with the TensorRT that built it (one built version-compatible also with
    later versions of the same major), and on the GPUs it was built for: those whose capability it
    names (TensorRT-RTX), any from Ampere on (built hardware-compatible), or else the same model.
    Drivers work for what older drivers worked for.
    """
    return [*_tensorrt(record, machine), *_gpu(record, machine), *_driver(record, machine)]


def check_engine(record: EngineRecord, machine: GpuPlatform, bundle: Path) -> None:
    """Let the engine pass, or raise.

    Args:
        record: The engine's, from the manifest.
        machine: That is to load it.
        bundle: Folder of the bundle, for the command that builds it again.

    Raises:
        EngineMismatch: Naming both sides of every disagreement, and the command that repairs it.
    """
    lines = mismatches(record, machine)
    if not lines:
        return
    advice = f"Build it for this machine with\n  {rebuild_command(record, bundle)}"
    if not machine.has_gpu:
        advice = (
            "Choose a backend that needs no GPU (openvino, onnxruntime), or install the driver; "
            f"on a machine with a GPU the engine is built with\n  {rebuild_command(record, bundle)}"
        )
    raise EngineMismatch(
        f"{record.file.path} does not fit this machine:\n  " + "\n  ".join(lines) + f"\n{advice}"
    )


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
        words += ["--calibration-images", "FOLDER_OF_CALIBRATION_IMAGES"]
    if record.hardware_compatible:
        words.append("--hardware-compatible")
    if record.version_compatible:
        words.append("--version-compatible")
    if record.workspace_mib is not None:
        words += ["--workspace", str(record.workspace_mib)]
    if record.optimization_level is not None:
        words += ["--optimization-level", str(record.optimization_level)]
    return shlex.join([*words, "--out", str(bundle), "--force"])


def _tensorrt(record: EngineRecord, machine: GpuPlatform) -> Iterator[str]:
    here = machine.tensorrt.get(record.kind)
    if here is None:
        yield (
            f"TensorRT: the engine was built with {record.kind} {record.tensorrt}, here it is not "
            f"installed (pip install 'forensics_rt[{record.kind}]')"
        )
        return
    built, found = version_numbers(record.tensorrt), version_numbers(here)
    later = record.version_compatible and found[:1] == built[:1] and found > built
    if found != built and not later:
        yield f"TensorRT: the engine was built with {record.kind} {record.tensorrt}, here is {here}"


def _gpu(record: EngineRecord, machine: GpuPlatform) -> Iterator[str]:
    meant = ", ".join(record.compute_capabilities)
    if machine.gpu is None or machine.compute_capability is None:
        yield f"GPU: the engine is for compute capability {meant}, this machine has no GPU"
        return
    here = f"{machine.gpu} ({machine.compute_capability})"
    if record.kind == "tensorrt-rtx":
        if machine.compute_capability not in record.compute_capabilities:
            yield f"compute capability: the engine is for {meant}, this machine has {here}"
    elif record.hardware_compatible:
        if version_numbers(machine.compute_capability) < _FIRST_COMPATIBLE:
            yield f"compute capability: the engine is for 8.0 and later, this machine has {here}"
    elif machine.gpu != record.gpu:
        yield f"GPU: the engine was built on {record.gpu} ({meant}), this machine has {here}"


def _driver(record: EngineRecord, machine: GpuPlatform) -> Iterator[str]:
    # Within one major version of CUDA, drivers run what newer toolkits built.
    pairs = (
        ("driver", record.driver, machine.driver, None),
        ("CUDA", record.cuda, machine.cuda, 1),
    )
    for name, built, here, end in pairs:
        if machine.has_gpu and built is not None:
            if here is None:
                yield f"{name}: the engine was built with {built}, here it is unknown"
            elif version_numbers(here)[:end] < version_numbers(built)[:end]:
                yield f"{name}: the engine was built with {built}, this machine has only {here}"
