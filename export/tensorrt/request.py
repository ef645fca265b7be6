"""What is asked of the engines: plain values, checked before anything slow begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from export.errors import ExportError
from export.number_formats.formats import NUMBER_FORMATS, NumberFormat, check_patterns

Kind = Literal["tensorrt", "tensorrt-rtx"]
KINDS: tuple[Kind, ...] = get_args(Kind)

OPTIMIZATION_LEVELS = range(6)
DEFAULT_TIMEOUT = 3600.0


@dataclass(frozen=True)
class EngineRequest:
    """Engines to build: one for each member and tile size.

    Attributes:
        kind: TensorRT, or TensorRT for RTX, which also builds for GPUs that are not there.
        precision: Number format of the weights and of what is computed with them.
        keep_fp32: Nodes that stay float32 besides those that always do: `op:TYPE` or `name:GLOB`.
        compute_capabilities: Of the GPUs that an engine of kind `tensorrt-rtx` is for, such as
            `8.6`; empty for the GPU of this machine.
        calibration: Folder of images that int8 ranges are measured on.
        workspace_mib: Limit of scratch memory; `None` for TensorRT's own.
        optimization_level: 0 to 5; `None` for TensorRT's own.
        hardware_compatible: Run on every GPU from Ampere on.
        version_compatible: Run with later TensorRT of the same major version.
        timeout: Seconds after which the build of one engine is ended.
        report: A JSON file to write the build report to.

    Example:
        >>> EngineRequest("tensorrt-rtx", compute_capabilities=("sm_86",)).compute_capabilities
        ('8.6',)
    """

    kind: Kind
    precision: NumberFormat = "fp16"
    keep_fp32: tuple[str, ...] = ()
    compute_capabilities: tuple[str, ...] = ()
    calibration: Path | None = None
    workspace_mib: int | None = None
    optimization_level: int | None = None
    hardware_compatible: bool = False
    version_compatible: bool = False
    timeout: float = DEFAULT_TIMEOUT
    report: Path | None = None

    def __post_init__(self) -> None:
        """Bring capabilities into one form, and refuse what cannot be built.

        Raises:
            ExportError: Naming the value, what it is and what it must be.
        """
        read = {capability(text) for text in self.compute_capabilities}
        ordered = sorted(read, key=lambda text: [int(part) for part in text.split(".")])
        object.__setattr__(self, "compute_capabilities", tuple(ordered))
        for name, value, known in (
            ("--engine", self.kind, KINDS),
            ("--engine-precision", self.precision, NUMBER_FORMATS),
        ):
            if value not in known:
                raise ExportError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        check_patterns(self.keep_fp32)
        self._check_kind()
        if (self.precision == "int8") != (self.calibration is not None):
            raise ExportError(
                "--engine-precision int8 and --calibration-images go together: the ranges of int8 "
                "are measured on images, and no other precision uses them"
            )
        if self.workspace_mib is not None and self.workspace_mib < 1:
            raise ExportError(f"--workspace must be at least 1 MiB, got {self.workspace_mib}")
        if self.timeout <= 0:
            raise ExportError(f"--engine-timeout must be above 0 seconds, got {self.timeout}")

    def _check_kind(self) -> None:
        level = self.optimization_level
        if level is not None and level not in OPTIMIZATION_LEVELS:
            raise ExportError(f"--optimization-level must be 0 to 5, got {level}")
        if self.kind == "tensorrt-rtx" and level is not None:
            raise ExportError(
                "--optimization-level changes nothing in tensorrt-rtx, which chooses kernels when "
                "it loads an engine; leave it out"
            )
        if self.kind == "tensorrt-rtx" and self.hardware_compatible:
            raise ExportError(
                "--hardware-compatible is for --engine tensorrt; name the GPUs of a tensorrt-rtx "
                "engine with --compute-capability"
            )
        if self.kind == "tensorrt" and self.compute_capabilities:
            raise ExportError(
                "--compute-capability is for --engine tensorrt-rtx; TensorRT builds on the GPU "
                "that is there (--hardware-compatible makes that run from Ampere on)"
            )


def capability(text: str) -> str:
    """Return a compute capability as `8.6`, from that or from `sm_86`.

    Raises:
        ExportError: If it is neither.

    Example:
        >>> capability("sm_120")
        '12.0'
    """
    found = re.fullmatch(r"(?:sm_?)?(\d{1,2})\.?(\d)", text.strip().lower())
    if found is None:
        raise ExportError(f"--compute-capability takes such as sm_86 or 8.6, got {text!r}")
    return f"{found.group(1)}.{found.group(2)}"
