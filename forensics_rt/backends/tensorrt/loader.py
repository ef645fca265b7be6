"""From a plan file to an engine: its hash first, then the machine, then TensorRT."""

from __future__ import annotations

import hashlib
import importlib
import logging
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forensics_rt.bundle.engines.cache import cached_engine
from forensics_rt.bundle.engines.match import check_engine, mismatches, rebuild_command
from forensics_rt.bundle.manifest import Contract, EngineRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.driver import require_driver
from forensics_rt.errors import (
    BackendUnavailable,
    BundleAltered,
    BundleUntrusted,
    EngineFailed,
    EngineMismatch,
)
from forensics_rt.system.gpu_platform import GpuPlatform

MODULES = {"tensorrt": "tensorrt", "tensorrt-rtx": "tensorrt_rtx"}
_CONTRACT = Contract()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Engine:
    """A loaded engine.

    Attributes:
        record: What it is.
        handle: TensorRT's engine, whose batches are those of the record.
    """

    record: EngineRecord
    handle: Any


class EngineLoader:
    """Loads the engines of a bundle with one runtime.

    Args:
        kind: `tensorrt` or `tensorrt-rtx`.
        bundle: Whose engines.
        machine: This one.
        trt: The TensorRT module; `None` to import it.

    Raises:
        CudaUnavailable: If there is no driver, before anything of TensorRT is imported.
        BackendUnavailable: If TensorRT cannot be imported.
    """

    def __init__(self, kind: str, bundle: Bundle, machine: GpuPlatform, trt: Any = None) -> None:
        """Import TensorRT; its runtime is made with the first engine."""
        if trt is None:
            # A runtime that is made without a driver takes the process down later.
            require_driver()
            trt = _import(kind)
        self.trt: Any = trt
        self.kind = kind
        self.complaints: deque[str] = deque(maxlen=3)
        self._bundle = bundle
        self._machine = machine
        self._logger = _logger(trt, self.complaints)
        self._runtime: Any = None
        self._loading = threading.Lock()

    def load(self, member: int, tile: int) -> Engine:
        """Load the engine of a member at a tile size.

        The bytes are read once, and those that were checked are those that are loaded: a plan is
        executable code. If the bundle's engine does not fit this machine, one that was rebuilt for
        it is taken from the cache.

        Raises:
            BundleAltered: If the file is not the one that the manifest names.
            BundleUntrusted: If it brings code for the host, which is not allowed.
            EngineMismatch: If there is no engine that fits, with the command that builds it.
            EngineFailed: If it takes other tensors than the bundle's contract says.
        """
        record = find_record(self._bundle, self.kind, member, tile)
        rebuilt = None
        if mismatches(record, self._machine):
            rebuilt = cached_engine(record, self._machine)
        if rebuilt is None:
            data = self._from_bundle(record)
        else:
            record, path = rebuilt
            data = _read_checked(path, record)
        check_engine(record, self._machine, self._bundle.path)
        with self._loading:
            return self._open(record, data)

    def _from_bundle(self, record: EngineRecord) -> bytes:
        """Read an engine of the bundle, which strangers may have built."""
        if record.version_compatible and not self._bundle.trust.allow_host_code:
            raise BundleUntrusted(
                f"{self._bundle.file(record.file)}: an engine for later versions of TensorRT "
                "brings code for the processor, which is not allowed; allow it with "
                "`TrustPolicy(allow_host_code=True)` or FORENSICS_RT_ALLOW_HOST_CODE=1 if you "
                "trust who built the bundle"
            )
        try:
            return self._bundle.read(record.file)
        except BundleAltered as error:
            raise BundleAltered(
                f"{error}; it is not loaded, because an engine is executable code"
            ) from error

    def said(self) -> str:
        """Return TensorRT's last words, for an error."""
        return "; ".join(" ".join(text.split()) for text in self.complaints) or "it gave no reason"

    def close(self) -> None:
        """Drop the runtime; engines must have gone before."""
        self._runtime = None

    def _open(self, record: EngineRecord, data: bytes) -> Engine:
        if self._runtime is None:
            self._runtime = self.trt.Runtime(self._logger)
        # Only engines for later versions hold code for the host.
        self._runtime.engine_host_code_allowed = record.version_compatible
        self.complaints.clear()
        handle = self._runtime.deserialize_cuda_engine(data)
        command = rebuild_command(record, self._bundle.path)
        if handle is None:
            raise EngineMismatch(
                f"{self.kind} cannot load {record.file.path}: {self.said()}. Build it for this "
                f"machine with\n  {command}"
            )
        _check_tensors(self.trt, handle, record, command)
        return Engine(record, handle)


def find_record(bundle: Bundle, kind: str, member: int, tile: int) -> EngineRecord:
    """Return the record of a member's engine at a tile size, the first if there are several.

    Raises:
        EngineMismatch: If there is none, or it was built from another graph.
    """
    wanted = bundle.manifest.networks[member]
    build = (
        f"python -m export.build_engines --bundle {bundle.path} --engine {kind} --out "
        f"{bundle.path} --force"
    )
    for record in bundle.manifest.engines:
        if (record.kind, record.member, record.tile) == (kind, wanted.name, tile):
            if record.graph_sha256 != wanted.graph.sha256:
                raise EngineMismatch(
                    f"{record.file.path} was built from another graph than that of member "
                    f"{wanted.name!r}. Build it again with\n  {build}"
                )
            return record
    raise EngineMismatch(
        f"bundle {bundle.manifest.name!r} has no {kind} engine of member {wanted.name!r} at "
        f"{tile}×{tile}. Build one with\n  {build}"
    )


def _import(kind: str) -> Any:
    try:
        return importlib.import_module(MODULES[kind])
    except (ImportError, OSError, RuntimeError) as error:
        raise BackendUnavailable(
            f"{kind} cannot be imported: {error}. pip install 'forensics_rt[{kind}]'"
        ) from error


def _read_checked(path: Path, record: EngineRecord) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleAltered(f"{path}: cannot be read: {error.strerror}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != record.file.sha256:
        raise BundleAltered(
            f"{path}: has SHA-256 {found[:12]}…, but must have {record.file.sha256[:12]}…; it is "
            "not loaded, because an engine is executable code. Copy the bundle again, or rebuild it"
        )
    return data


def _check_tensors(trt: Any, handle: Any, record: EngineRecord, command: str) -> None:
    names = {handle.get_tensor_name(index) for index in range(handle.num_io_tensors)}
    wanted = {
        _CONTRACT.input_name: (trt.TensorIOMode.INPUT, trt.DataType.UINT8),
        _CONTRACT.output_name: (trt.TensorIOMode.OUTPUT, trt.DataType.FLOAT),
    }
    if names != set(wanted) or any(
        (handle.get_tensor_mode(name), handle.get_tensor_dtype(name)) != form
        for name, form in wanted.items()
    ):
        raise EngineFailed(
            f"{record.file.path} must take uint8 {_CONTRACT.input_name!r} and give float32 "
            f"{_CONTRACT.output_name!r}, but has tensors {sorted(names)}. Build it with"
            f"\n  {command}"
        )
    least, _, most = (
        tuple(shape) for shape in handle.get_tensor_profile_shape(_CONTRACT.input_name, 0)
    )
    sides = (record.tile, record.tile, 3)
    if (least, most) != ((record.batch.min, *sides), (record.batch.max, *sides)):
        raise EngineFailed(
            f"{record.file.path} takes shapes from {least} to {most}, but its record says batches "
            f"from {record.batch.min} to {record.batch.max} of {sides}. Build it with\n  {command}"
        )


def _logger(trt: Any, complaints: deque[str]) -> Any:
    severity = trt.ILogger.Severity
    levels = {
        severity.INTERNAL_ERROR: logging.ERROR,
        severity.ERROR: logging.ERROR,
        severity.WARNING: logging.WARNING,
        severity.INFO: logging.DEBUG,
    }

    class Logger(trt.ILogger):  # type: ignore[misc]
        """Passes messages on to Python's log, and keeps the last errors."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, kind: Any, message: str) -> None:
            """Take a message; TensorRT's chatter is dropped."""
            level = levels.get(kind)
            if level == logging.ERROR:
                complaints.append(message)
            if level is not None:
                _log.log(level, "%s", message)

    return Logger()
