"""What differs between TensorRT 10, TensorRT 11 and TensorRT for RTX; nothing else knows.

TensorRT 11 took out weak typing: every network is strongly typed, and the flags that ask for
float16 and int8 are gone. Version 10 is asked for the same with a flag. TensorRT for RTX has the
API of 11, builds for GPUs by name, and measures nothing while it builds: it has no timing cache.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from export.errors import ExportError
from export.tensorrt.request import Kind
from forensics_rt.system.gpu_platform import version_numbers

_MODULES = {"tensorrt": "tensorrt", "tensorrt-rtx": "tensorrt_rtx"}
_OLDEST = 10


@dataclass(frozen=True)
class Dialect:
    """One kind of TensorRT in one version.

    Attributes:
        kind: Which TensorRT.
        trt: Its module.

    Example:
        >>> load_dialect("tensorrt-rtx").has_timing_cache  # doctest: +SKIP
        False
    """

    kind: Kind
    trt: Any

    @property
    def version(self) -> str:
        """The module's version."""
        return str(self.trt.__version__)

    @property
    def has_timing_cache(self) -> bool:
        """Whether the builder measures kernels, so that measurements are worth keeping."""
        return self.kind == "tensorrt"

    def create_network(self, builder: Any) -> Any:
        """Return a strongly typed network, however this version is asked for one.

        Raises:
            ExportError: If the version is too old to know of strong typing.
        """
        major = version_numbers(self.version)[0]
        if self.kind == "tensorrt-rtx" or major > _OLDEST:
            return builder.create_network(0)
        if major < _OLDEST:
            raise ExportError(
                f"tensorrt must be version 10 or later, but is {self.version}; "
                "run `pip install --upgrade 'forensics_rt[tensorrt]'`"
            )
        flag = self.trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return builder.create_network(1 << int(flag))

    def set_targets(self, config: Any, capabilities: Sequence[str]) -> None:
        """Say which GPUs an engine of TensorRT for RTX is for; none means the one that is here.

        Raises:
            ExportError: If this version does not build for one of them.
        """
        if self.kind != "tensorrt-rtx" or not capabilities:
            return
        known = self.trt.ComputeCapability
        names = [f"SM{text.replace('.', '')}" for text in capabilities]
        for text, name in zip(capabilities, names, strict=True):
            if not hasattr(known, name):
                can = sorted(
                    (name[2:] for name in vars(known) if name.startswith("SM")),
                    key=int,
                )
                raise ExportError(
                    f"tensorrt-rtx {self.version} does not build for compute capability {text}; "
                    f"it does for {', '.join(f'sm_{number}' for number in can)}"
                )
        config.num_compute_capabilities = len(names)
        for index, name in enumerate(names):
            config.set_compute_capability(getattr(known, name), index)

    def set_compatible(self, config: Any, *, hardware: bool, version: bool) -> None:
        """Ask for engines that run on other GPUs or with later versions."""
        if hardware:
            config.hardware_compatibility_level = self.trt.HardwareCompatibilityLevel.AMPERE_PLUS
        if version:
            config.set_flag(self.trt.BuilderFlag.VERSION_COMPATIBLE)
            # A lean runtime inside the plan would be host code of the plan's maker.
            config.set_flag(self.trt.BuilderFlag.EXCLUDE_LEAN_RUNTIME)


def load_dialect(kind: Kind) -> Dialect:
    """Import a kind of TensorRT.

    Raises:
        ExportError: If it is not installed, or cannot be loaded.
    """
    try:
        return Dialect(kind, importlib.import_module(_MODULES[kind]))
    except (ImportError, OSError) as error:
        raise ExportError(
            f"--engine {kind} cannot be loaded: {error}; run `pip install 'forensics_rt[{kind}]'`"
        ) from error
